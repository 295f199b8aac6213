import { ExpressionError } from '../errors.ts';

/** One part of a template: text as it is meant, or the source of an interpolation. */
export type TemplatePart = { readonly text: string } | { readonly source: string };

export type Token =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'string'; readonly parts: readonly TemplatePart[] }
  | { readonly kind: 'symbol'; readonly text: string }
  | { readonly kind: 'end' };

const symbols = ['...', '=>', '||', '&&', '==', '!=', '<=', '>=', ...'<>!=+-*/%?:,.()[]{}'];
const whitespaceOrComment = /(?:\s+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const number = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// Terraform's identifiers may hold dashes after the first letter.
const name = /[\p{L}_][\p{L}\p{N}_-]*/uy;

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

/**
 * Splits an expression (without the `${}` around it) into tokens.
 * @throws {ExpressionError} a character that no expression contains, an open string, a heredoc
 */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const skipped = match(whitespaceOrComment, source, at);
    if (skipped !== undefined) {
      at += skipped.length;
      continue;
    }
    if (source[at] === '"') {
      const { parts, end } = readString(source, at);
      tokens.push({ kind: 'string', parts });
      at = end;
      continue;
    }
    if (source.startsWith('<<', at)) throw new ExpressionError('heredocs (<<) are not supported');
    const digits = match(number, source, at);
    const word = digits === undefined ? match(name, source, at) : undefined;
    const symbol = symbols.find((candidate) => source.startsWith(candidate, at));
    if (digits !== undefined) tokens.push({ kind: 'number', value: Number(digits) });
    else if (word !== undefined) tokens.push({ kind: 'name', text: word });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol });
    else throw new ExpressionError(`unexpected character ${JSON.stringify(source[at])} in ${JSON.stringify(source)}`);
    at += (digits ?? word ?? symbol ?? ' ').length;
  }
  tokens.push({ kind: 'end' });
  return tokens;
}

/** Reads a quoted string whose opening quote is at `start`; `end` is behind the closing one. */
function readString(source: string, start: number): { parts: TemplatePart[]; end: number } {
  const parts: TemplatePart[] = [];
  let text = '';
  let at = start + 1;
  while (at < source.length) {
    const character = source[at];
    if (character === '"') {
      if (text !== '') parts.push({ text });
      return { parts, end: at + 1 };
    }
    if (character === '\\') {
      const escaped = readEscape(source, at);
      text += escaped.text;
      at = escaped.end;
      continue;
    }
    const marker = readMarker(source, at);
    if (marker === undefined) {
      text += character;
      at += 1;
    } else if ('literal' in marker) {
      text += marker.literal;
      at = marker.end;
    } else {
      if (text !== '') parts.push({ text });
      text = '';
      parts.push({ source: marker.source });
      at = marker.end;
    }
  }
  throw new ExpressionError(`a string is not closed in ${JSON.stringify(source)}`);
}

/**
 * Splits a string of the JSON syntax, which is a template without escapes, into text and interpolations.
 * @throws {ExpressionError} an open interpolation, a `%{` directive
 */
export function splitTemplate(source: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let text = '';
  let at = 0;
  while (at < source.length) {
    const marker = readMarker(source, at);
    if (marker === undefined) {
      text += source[at];
      at += 1;
    } else if ('literal' in marker) {
      text += marker.literal;
      at = marker.end;
    } else {
      if (text !== '') parts.push({ text });
      text = '';
      parts.push({ source: marker.source });
      at = marker.end;
    }
  }
  if (text !== '') parts.push({ text });
  return parts;
}

type Marker = { readonly literal: string; readonly end: number } | { readonly source: string; readonly end: number };

/** `${…}`, or the escaped `$${` and `%%{`, at this place. */
function readMarker(source: string, at: number): Marker | undefined {
  if (source.startsWith('$${', at)) return { literal: '${', end: at + 3 };
  if (source.startsWith('%%{', at)) return { literal: '%{', end: at + 3 };
  if (source.startsWith('%{', at)) throw new ExpressionError('template directives (%{) are not supported');
  if (!source.startsWith('${', at)) return undefined;
  const end = endOfInterpolation(source, at + 2);
  return { source: source.slice(at + 2, end - 1), end };
}

/** The place behind the brace that closes an interpolation, strings and inner braces skipped. */
function endOfInterpolation(source: string, start: number): number {
  let depth = 1;
  let at = start;
  while (at < source.length) {
    const character = source[at];
    if (character === '"') {
      at = readString(source, at).end;
      continue;
    }
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
  throw new ExpressionError(`an interpolation is not closed in ${JSON.stringify(source)}`);
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

function readEscape(source: string, at: number): { text: string; end: number } {
  const letter = source[at + 1] ?? '';
  const simple = escapes[letter];
  if (simple !== undefined) return { text: simple, end: at + 2 };
  const digits = letter === 'u' ? 4 : letter === 'U' ? 8 : 0;
  const hex = source.slice(at + 2, at + 2 + digits);
  if (digits === 0 || !/^[0-9a-fA-F]+$/.test(hex) || hex.length !== digits) {
    throw new ExpressionError(`unknown escape \\${letter} in ${JSON.stringify(source)}`);
  }
  return { text: String.fromCodePoint(Number.parseInt(hex, 16)), end: at + 2 + digits };
}
