/**
 * The seed of a run: the one that was asked for, that of the environment (`FUZZ_SEED`), or the day's, so that each day
 * tries other inputs and two runs of a day the same.
 * @throws {RangeError} no whole number
 */
export function seedOf(text = process.env.FUZZ_SEED, now = new Date()): number {
  if (text === undefined || text === '') return Number(now.toISOString().slice(0, 10).replaceAll('-', ''));
  const seed = Number(text);
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new RangeError(`The seed must be a whole number, not ${text}`);
}
