/** `{adjective}-{noun}-{number}`. Bound to no vocabulary: changing the vocabulary must not break live sessions. */
const SESSION_ID = /^[a-z]{3,12}-[a-z]{3,12}-[1-9][0-9]{2}$/;

/** Whether this is a session ID in its one written form: two words of 3 to 12 letters, and a number from 100 to 999. */
export const isSessionId = (candidate: string): boolean => SESSION_ID.test(candidate);

/**
 * The session ID that somebody heard, typed or pasted, in its written form: forgives case, spaces, underscores, any
 * kind of dash, punctuation around it, invisible characters, digits read one by one, and missing hyphens.
 * Does not validate: ask `isSessionId` about the result.
 * @param splitWords parts two words written as one (`faithfulshepherd427`), and is asked for nothing else; needs a
 *   dictionary, so not every caller has it. `undefined`: cannot be parted, or in more than one way
 */
export function normaliseSessionId(
  input: string,
  splitWords?: (letters: string) => readonly [string, string] | undefined,
): string {
  const candidate = input
    .normalize('NFKC') // full-width letters and digits, as East Asian keyboards type them
    .replace(/\p{Cf}+/gu, '') // zero-width spaces, soft hyphens and the like, which come with pasted text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .replace(/([a-z])(?=[0-9])/g, '$1-')
    .replace(/([0-9])-(?=[0-9])/g, '$1');
  const [, letters, number] = /^([a-z]+)-([0-9]+)$/.exec(candidate) ?? [];
  const words = letters && splitWords?.(letters);
  return words ? `${words.join('-')}-${number}` : candidate;
}
