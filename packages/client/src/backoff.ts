export interface BackoffOptions {
  /** The upper bound of the first wait, milliseconds; it doubles with each attempt. */
  readonly baseMs: number;
  /** The upper bound of every wait, milliseconds. */
  readonly maxMs: number;
  /** No wait is shorter, so that no luck of the draw makes a tight loop. Default 100 ms. */
  readonly minMs?: number;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

/**
 * How long to wait before an attempt: exponential backoff with full jitter, which spreads clients that were all cut at
 * the same moment evenly over the time.
 * @param attempt failed attempts so far, counted from 0
 * @returns milliseconds, between `minMs` and `maxMs`
 * @throws {RangeError} `attempt` is negative or not a whole number
 * @see "Exponential Backoff And Jitter", AWS Architecture Blog (2015)
 */
export function backoffDelayMs(
  attempt: number,
  { baseMs, maxMs, minMs = 100, random = Math.random }: BackoffOptions,
): number {
  if (!Number.isInteger(attempt) || attempt < 0) {
    throw new RangeError(`attempt must be a whole number from 0, not ${attempt}`);
  }
  const bound = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30));
  return minMs + random() * Math.max(0, bound - minMs);
}
