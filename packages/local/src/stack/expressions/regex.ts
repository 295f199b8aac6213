import { ExpressionError } from '../errors.ts';

/** Compiles Terraform's (RE2) syntax: flags in front and `(?P<name>` differ from JavaScript's. */
function compile(pattern: string, flags: string): RegExp {
  const leading = /^\(\?([ims]+)\)/.exec(pattern);
  const body = pattern.slice(leading?.[0].length ?? 0).replaceAll('(?P<', '(?<');
  try {
    return new RegExp(body, `${flags}${leading?.[1] ?? ''}u`);
  } catch (error) {
    throw new ExpressionError(`the regular expression ${pattern} is not supported`, undefined, { cause: error });
  }
}

/** A match as Terraform gives it: a map for named groups, a list for unnamed ones, else the text. */
function result(match: RegExpMatchArray): unknown {
  if (match.groups) return Object.fromEntries(Object.entries(match.groups).map(([key, value]) => [key, value ?? null]));
  return match.length > 1 ? match.slice(1).map((group) => group ?? null) : match[0];
}

/** `regex(pattern, text)`. @throws {ExpressionError} no match: that is how validations ask with `can` */
export function matchFirst(pattern: string, text: string): unknown {
  const match = compile(pattern, '').exec(text);
  if (match === null) throw new ExpressionError(`${JSON.stringify(text)} does not match ${pattern}`);
  return result(match);
}

/** `regexall(pattern, text)`. */
export const matchAll = (pattern: string, text: string): unknown[] =>
  [...text.matchAll(compile(pattern, 'g'))].map(result);

/** `replace(text, search, replacement)`: a search between slashes is a regular expression. */
export function replaceText(text: string, search: string, replacement: string): string {
  if (search.length < 2 || !search.startsWith('/') || !search.endsWith('/'))
    return text.replaceAll(search, () => replacement);
  // RE2 writes groups as $1, ${1} and ${name}.
  const groups = replacement.replace(/\$\{(\w+)\}/g, (_, group: string) =>
    /^\d+$/.test(group) ? `$${group}` : `$<${group}>`,
  );
  return text.replace(compile(search.slice(1, -1), 'g'), groups);
}
