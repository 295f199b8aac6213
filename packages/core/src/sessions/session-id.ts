import { randomInt as cryptoRandomInt } from 'node:crypto';
import { normaliseSessionId as normaliseFormat } from '../protocol/session-id-format.ts';
import { VOCABULARIES, type VocabularyName } from './vocabularies/index.ts';

export { isSessionId } from '../protocol/session-id-format.ts';
export { DEFAULT_VOCABULARY, VOCABULARIES, type VocabularyName } from './vocabularies/index.ts';

const MIN_NUMBER = 100;
const MAX_NUMBER = 999;

/** A whole number from `min`, below `maxExclusive`, each as likely as any other. */
export type RandomInt = (min: number, maxExclusive: number) => number;

/**
 * A new session ID, such as `faithful-shepherd-427`. Whoever knows an ID may listen, so the choice is cryptographic
 * by default. May be taken already: see `combinations`.
 */
export function generateSessionId(vocabulary: VocabularyName, randomInt: RandomInt = cryptoRandomInt): string {
  const { adjectives, nouns } = VOCABULARIES[vocabulary];
  const adjective = adjectives[randomInt(0, adjectives.length)];
  const noun = nouns[randomInt(0, nouns.length)];
  return `${adjective}-${noun}-${randomInt(MIN_NUMBER, MAX_NUMBER + 1)}`;
}

/** How many different session IDs a vocabulary makes. */
export function combinations(vocabulary: VocabularyName): number {
  const { adjectives, nouns } = VOCABULARIES[vocabulary];
  return adjectives.length * nouns.length * (MAX_NUMBER - MIN_NUMBER + 1);
}

/**
 * As the function of this name in `protocol`, and parts `faithfulshepherd427` too, by the words of all vocabularies:
 * the one in use may have been changed since the session began.
 */
export const normaliseSessionId = (input: string): string => normaliseFormat(input, splitWords);

function splitWords(letters: string): [string, string] | undefined {
  const splits = new Map<string, [string, string]>();
  for (const { adjectives, nouns } of Object.values(VOCABULARIES)) {
    for (const adjective of adjectives) {
      const noun = letters.slice(adjective.length);
      // Two vocabularies may share both words: that is one split, not two.
      if (letters.startsWith(adjective) && nouns.includes(noun)) splits.set(adjective, [adjective, noun]);
    }
  }
  return splits.size === 1 ? [...splits.values()][0] : undefined;
}
