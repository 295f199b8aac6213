import { EventPatternError } from './pattern.ts';

/** Stands for the wildcard among the characters that stand for themselves. */
const ANY = Symbol('*');

/**
 * Parses a wildcard of an event pattern: `*` is any run of characters, `\*` and `\\` are a star and a backslash. Unlike
 * IAM's, it has no `?`, and no two stars in a row.
 * @throws {EventPatternError}
 */
export function parseWildcard(text: string, at: string): (value: string) => boolean {
  const tokens: (string | typeof ANY)[] = [];
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === '\\') {
      const escaped = text.charAt(++index);
      if (escaped !== '*' && escaped !== '\\') throw new EventPatternError(`${at}: only \\* and \\\\ are escapes`);
      tokens.push(escaped);
    } else if (character === '*') {
      if (tokens.at(-1) === ANY) throw new EventPatternError(`${at}: two * in a row are not allowed`);
      tokens.push(ANY);
    } else {
      tokens.push(character);
    }
  }
  return (value) => matches(tokens, value);
}

/** Greedy with one backtrack point: never exponential. */
function matches(tokens: readonly (string | typeof ANY)[], value: string): boolean {
  let at = 0;
  let token = 0;
  let star = -1;
  let starAt = 0;
  while (at < value.length) {
    if (tokens[token] === ANY) {
      star = token++;
      starAt = at;
    } else if (tokens[token] === value.charAt(at)) {
      token++;
      at++;
    } else if (star >= 0) {
      token = star + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  while (tokens[token] === ANY) token++;
  return token === tokens.length;
}
