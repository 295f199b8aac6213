import type { Clock, RateLimiter } from '../../src/sessions/ports.ts';

/** Counters in a map, with the promises of the port. */
export function createMemoryRateLimiter(clock: Clock): RateLimiter {
  const counts = new Map<string, number>();
  return {
    async count({ operation, subject, windowSeconds }) {
      const nowSeconds = clock.nowMs() / 1000;
      const window = Math.floor(nowSeconds / windowSeconds);
      const key = `${operation} ${subject} ${window}`;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return { count, secondsLeft: Math.max(1, Math.ceil((window + 1) * windowSeconds - nowSeconds)) };
    },
  };
}
