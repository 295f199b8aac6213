import type { Path, PathStep } from './ast.ts';
import { ExpressionError, syntaxError, type Token, type TokenKind, tokenize } from './lexer.ts';
import { isReserved } from './reserved-words.ts';

/** Words of the grammars themselves: they can be no names at all. */
const keywords = new Set(['AND', 'OR', 'NOT', 'BETWEEN', 'IN', 'SET', 'REMOVE', 'ADD', 'DELETE']);

/** @see "Expression parameters" and "Attributes", quotas, DynamoDB Developer Guide */
const MAX_OPERATORS = 300;
const MAX_PATH_STEPS = 32;
/** A position in a list is a 32-bit number with a sign. */
const MAX_POSITION = 2 ** 31 - 1;

/** Goes through an expression token by token: what the grammars of conditions, updates and projections share. */
export class Reader {
  readonly names = new Set<string>();
  readonly values = new Set<string>();
  readonly #source: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #operators = 0;
  /** A reserved word is reported when the whole has been read: what cannot be read comes first. */
  #problem: ExpressionError | undefined;

  /** @throws {ExpressionError} */
  constructor(source: string) {
    if (source === '') throw new ExpressionError('The expression can not be empty;');
    this.#source = source;
    this.#tokens = tokenize(source);
  }

  get next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  peek(ahead: number): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  take(): Token {
    return this.#tokens[this.#at++] as Token;
  }

  /** Remembers what is wrong, if nothing was so far. */
  complain(message: string): void {
    this.#problem ??= new ExpressionError(message);
  }

  /** Counts an operator or function of the expression. */
  countOperator(): void {
    if (++this.#operators <= MAX_OPERATORS) return;
    this.complain(`The expression contains too many operators; operator count: ${this.#operators}`);
  }

  /** Returns whether the next token is this symbol. */
  isSymbol(text: string): boolean {
    return this.next.kind === 'symbol' && this.next.text === text;
  }

  /** Returns whether the next token is this word, in any case. */
  isKeyword(word: string): boolean {
    return this.next.kind === 'identifier' && this.next.text.toUpperCase() === word;
  }

  /** Takes the next token if it is this symbol or word. */
  skip(text: string): boolean {
    if (!this.isSymbol(text) && !this.isKeyword(text)) return false;
    this.#at++;
    return true;
  }

  /** @throws {ExpressionError} the next token is another */
  expect(text: string): void {
    if (!this.skip(text)) throw this.unexpected();
  }

  expectKind(kind: TokenKind): string {
    if (this.next.kind !== kind) throw this.unexpected();
    return this.take().text;
  }

  unexpected(): ExpressionError {
    return syntaxError(this.#source, this.#tokens, this.#at);
  }

  /** Reads a document path, e.g. `a.#b[3]`. */
  path(): Path {
    const steps: PathStep[] = [this.#pathName()];
    for (;;) {
      if (this.skip('.')) steps.push(this.#pathName());
      else if (this.skip('[')) {
        steps.push(this.#position());
        this.expect(']');
      } else break;
    }
    if (steps.length > MAX_PATH_STEPS) {
      this.complain(`The document path has too many nesting levels; nesting levels: ${steps.length}`);
    }
    return steps;
  }

  /** Reads a `:placeholder`. */
  value(): string {
    const name = this.expectKind('value');
    this.values.add(name);
    return name;
  }

  /** @throws {ExpressionError} something stands behind what was read, or was wrong in it */
  end(): void {
    if (this.next.kind !== 'end') throw this.unexpected();
    if (this.#problem) throw this.#problem;
  }

  #position(): number {
    const digits = this.expectKind('number');
    if (Number(digits) > MAX_POSITION) {
      this.complain(`List index is not within the allowable range; index: [${digits}]`);
    }
    return Number(digits);
  }

  #pathName(): string {
    const { kind, text } = this.next;
    if (kind === 'name') this.names.add(text);
    else if (kind !== 'identifier' || keywords.has(text.toUpperCase())) throw this.unexpected();
    else if (isReserved(text)) this.complain(`Attribute name is a reserved keyword; reserved keyword: ${text}`);
    this.#at++;
    return text;
  }
}
