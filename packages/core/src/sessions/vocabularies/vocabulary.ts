/** The words that session IDs are made of. Each list has its own position in the ID. */
export interface Vocabulary {
  readonly adjectives: readonly string[];
  readonly nouns: readonly string[];
}

/**
 * A vocabulary from two lists of words parted by white space: as text they cost a bundle one byte a word more
 * than their letters. What a word must be like is written down, and checked, in `session-id.test.ts`.
 */
export const vocabulary = (adjectives: string, nouns: string): Vocabulary => ({
  adjectives: adjectives.trim().split(/\s+/),
  nouns: nouns.trim().split(/\s+/),
});
