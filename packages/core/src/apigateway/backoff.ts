/**
 * Returns how long to wait before the next attempt: exponential backoff with full jitter.
 * @param attempt failed attempts before this one, counted from 0
 * @returns milliseconds, never above `maxMs`
 * @see "Exponential Backoff And Jitter", AWS Architecture Blog (2015)
 */
export const backoffDelayMs = (
  attempt: number,
  { baseMs, maxMs = 2000, random = Math.random }: { baseMs: number; maxMs?: number; random?: () => number },
): number => random() * Math.min(maxMs, baseMs * 2 ** attempt);
