export type TokenKind = 'identifier' | 'name' | 'value' | 'number' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Where it starts and ends in the expression. */
  readonly start: number;
  readonly end: number;
}

/** An expression that cannot be read; the message goes behind `Invalid <parameter>: `. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

const patterns: readonly (readonly [TokenKind, RegExp])[] = [
  ['identifier', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['name', /#[A-Za-z0-9_]+/y],
  ['value', /:[A-Za-z0-9_]+/y],
  ['number', /[0-9]+/y],
  ['symbol', /<>|<=|>=|[()[\].,=<>+-]/y],
];
const space = /[ \t\r\n]*/y;

/** Splits an expression into tokens, the last of which is its end. @throws {ExpressionError} */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = skipSpace(source, 0);
  while (at < source.length) {
    const token = tokenAt(source, at);
    if (token === undefined) {
      const end = at + 1;
      throw syntaxError(
        source,
        [...tokens, { kind: 'symbol', text: source.slice(at, end), start: at, end }],
        tokens.length,
      );
    }
    tokens.push(token);
    at = skipSpace(source, token.end);
  }
  tokens.push({ kind: 'end', text: '<EOF>', start: source.length, end: source.length });
  return tokens;
}

/** Says which token cannot stand where it stands, with its neighbours, as DynamoDB does. */
export function syntaxError(source: string, tokens: readonly Token[], at: number): ExpressionError {
  const [before, token, after] = [tokens[at - 1], tokens[at], tokens[at + 1]];
  const near = source.slice((before ?? token)?.start, (after ?? token)?.end).trimEnd();
  return new ExpressionError(`Syntax error; token: "${token?.text}", near: "${near}"`);
}

function tokenAt(source: string, start: number): Token | undefined {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = start;
    if (pattern.test(source))
      return { kind, text: source.slice(start, pattern.lastIndex), start, end: pattern.lastIndex };
  }
  return undefined;
}

function skipSpace(source: string, from: number): number {
  space.lastIndex = from;
  space.test(source);
  return space.lastIndex;
}
