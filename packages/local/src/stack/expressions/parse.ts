import { ExpressionError } from '../errors.ts';
import { type BinaryOperator, type Expression, SPLAT_ELEMENT } from './ast.ts';
import { splitTemplate, type TemplatePart, type Token, tokenize } from './tokenize.ts';

/** Binding powers, weakest first, as in the HCL specification. */
const precedence: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
};
const UNARY_PRECEDENCE = 7;

/**
 * Parses a string of the JSON syntax: a template, whose single interpolation keeps its type.
 * @throws {ExpressionError} without a path: the caller knows where the string stands
 */
export const parseTemplate = (source: string): Expression => templateOf(splitTemplate(source));

/** Parses a bare expression, e.g. what stands between `${` and `}`. @throws {ExpressionError} */
export function parseExpression(source: string): Expression {
  const parser = new Parser(source);
  const expression = parser.expression();
  parser.expectEnd();
  return expression;
}

/** Parses `name = expression` lines, as in a `.tfvars` file. @throws {ExpressionError} */
export function parseAssignments(source: string): { name: string; value: Expression }[] {
  const parser = new Parser(source);
  const assignments: { name: string; value: Expression }[] = [];
  while (!parser.atEnd()) {
    const name = parser.name('a variable name');
    parser.expect('=');
    assignments.push({ name, value: parser.expression() });
  }
  return assignments;
}

function templateOf(parts: readonly TemplatePart[]): Expression {
  const [first] = parts;
  if (first === undefined) return { kind: 'literal', value: '' };
  if (parts.length === 1 && 'text' in first) return { kind: 'literal', value: first.text };
  return {
    kind: 'template',
    parts: parts.map((part) => ('text' in part ? { kind: 'literal', value: part.text } : parseExpression(part.source))),
  };
}

/** A Pratt parser: operators by binding power, everything else by what it begins with. */
class Parser {
  readonly #source: string;
  readonly #tokens: Token[];
  #at = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = tokenize(source);
  }

  atEnd = (): boolean => this.#peek().kind === 'end';

  expectEnd(): void {
    if (!this.atEnd()) this.#fail('the end');
  }

  expect(symbol: string): void {
    if (!this.#take(symbol)) this.#fail(JSON.stringify(symbol));
  }

  name(what: string): string {
    const token = this.#peek();
    if (token.kind !== 'name') return this.#fail(what);
    this.#at += 1;
    return token.text;
  }

  expression(): Expression {
    const test = this.#operation(0);
    if (!this.#take('?')) return test;
    const whenTrue = this.expression();
    this.expect(':');
    return { kind: 'conditional', test, whenTrue, whenFalse: this.expression() };
  }

  #operation(minimum: number): Expression {
    let left = this.#unary();
    for (;;) {
      const token = this.#peek();
      const power = token.kind === 'symbol' ? precedence[token.text] : undefined;
      if (token.kind !== 'symbol' || power === undefined || power <= minimum) return left;
      this.#at += 1;
      left = { kind: 'binary', operator: token.text as BinaryOperator, left, right: this.#operation(power) };
    }
  }

  #unary(): Expression {
    if (this.#take('!')) return { kind: 'unary', operator: '!', operand: this.#operation(UNARY_PRECEDENCE) };
    if (this.#take('-')) return { kind: 'unary', operator: '-', operand: this.#operation(UNARY_PRECEDENCE) };
    return this.#steps(this.#primary());
  }

  /** What follows a value: `.name`, `.0`, `[key]`, `[*]`, `.*`. */
  #steps(start: Expression): Expression {
    let object = start;
    for (;;) {
      if (this.#take('.')) {
        if (this.#take('*')) {
          object = this.#splat(object);
          continue;
        }
        const token = this.#peek();
        const key = token.kind === 'number' ? token.value : this.name('an attribute name');
        if (token.kind === 'number') this.#at += 1;
        object = { kind: 'index', object, key: { kind: 'literal', value: key } };
      } else if (this.#take('[')) {
        if (this.#take('*')) {
          this.expect(']');
          object = this.#splat(object);
          continue;
        }
        const key = this.expression();
        this.expect(']');
        object = { kind: 'index', object, key };
      } else return object;
    }
  }

  #splat(list: Expression): Expression {
    return { kind: 'splat', list, body: this.#steps({ kind: 'name', name: SPLAT_ELEMENT }) };
  }

  #primary(): Expression {
    const token = this.#peek();
    if (token.kind === 'number') {
      this.#at += 1;
      return { kind: 'literal', value: token.value };
    }
    if (token.kind === 'string') {
      this.#at += 1;
      return templateOf(token.parts);
    }
    if (token.kind === 'name') {
      this.#at += 1;
      if (this.#take('(')) return this.#call(token.text);
      if (token.text === 'true' || token.text === 'false') return { kind: 'literal', value: token.text === 'true' };
      if (token.text === 'null') return { kind: 'literal', value: null };
      return { kind: 'name', name: token.text };
    }
    if (this.#take('(')) {
      const inner = this.expression();
      this.expect(')');
      return inner;
    }
    if (this.#take('[')) return this.#peekName('for') ? this.#for(']') : this.#list();
    if (this.#take('{')) return this.#peekName('for') ? this.#for('}') : this.#object();
    return this.#fail('a value');
  }

  #call(name: string): Expression {
    const args: Expression[] = [];
    while (!this.#take(')')) {
      args.push(this.expression());
      if (this.#take('...')) {
        this.expect(')');
        return { kind: 'call', name, args, spread: true };
      }
      if (!this.#take(',')) {
        this.expect(')');
        break;
      }
    }
    return { kind: 'call', name, args, spread: false };
  }

  #list(): Expression {
    const items: Expression[] = [];
    while (!this.#take(']')) {
      items.push(this.expression());
      if (!this.#take(',')) {
        this.expect(']');
        break;
      }
    }
    return { kind: 'list', items };
  }

  #object(): Expression {
    const entries: { key: Expression; value: Expression }[] = [];
    while (!this.#take('}')) {
      const token = this.#peek();
      // A bare word is the key itself; any other key is an expression, a variable one in brackets.
      const key: Expression =
        token.kind === 'name' ? { kind: 'literal', value: this.name('a key') } : this.#operation(0);
      if (!this.#take('=')) this.expect(':');
      entries.push({ key, value: this.expression() });
      this.#take(','); // optional: entries may also be parted by line ends
    }
    return { kind: 'object', entries };
  }

  #for(close: ']' | '}'): Expression {
    this.name('for');
    const names = [this.name('a name')];
    if (this.#take(',')) names.push(this.name('a name'));
    if (this.name('in') !== 'in') this.#fail('in');
    const list = this.expression();
    this.expect(':');
    let value = this.expression();
    let key: Expression | undefined;
    if (close === '}') {
      key = value;
      this.expect('=>');
      value = this.expression();
    }
    let test: Expression | undefined;
    if (this.#peekName('if')) {
      this.#at += 1;
      test = this.expression();
    }
    this.expect(close);
    return { kind: 'for', names, list, value, ...(key && { key }), ...(test && { test }) };
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end' };
  }

  #peekName(text: string): boolean {
    const token = this.#peek();
    return token.kind === 'name' && token.text === text;
  }

  #take(symbol: string): boolean {
    const token = this.#peek();
    if (token.kind !== 'symbol' || token.text !== symbol) return false;
    this.#at += 1;
    return true;
  }

  #fail(expected: string): never {
    const token = this.#peek();
    const found =
      token.kind === 'end'
        ? 'the end'
        : token.kind === 'number'
          ? String(token.value)
          : token.kind === 'string'
            ? 'a string'
            : JSON.stringify(token.text);
    throw new ExpressionError(`expected ${expected}, found ${found} in ${JSON.stringify(this.#source)}`);
  }
}
