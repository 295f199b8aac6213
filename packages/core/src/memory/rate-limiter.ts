import type { Clock, RateCheck, RateCount, RateLimiter } from '../sessions/ports.ts';

/** Counters in memory, with the promises of the port. */
export function createMemoryRateLimiter(clock: Clock): RateLimiter {
  const counts = new Map<string, number>();

  function add({ operation, subject, windowSeconds }: RateCheck, weight: number): RateCount {
    const nowSeconds = clock.nowMs() / 1000;
    const window = Math.floor(nowSeconds / windowSeconds);
    const key = `${operation}#${subject}#${window}`;
    const count = (counts.get(key) ?? 0) + weight;
    if (weight > 0) counts.set(key, count);
    return { count, secondsLeft: Math.max(1, Math.ceil((window + 1) * windowSeconds - nowSeconds)) };
  }

  return {
    async count({ weight = 1, ...check }) {
      return add(check, weight);
    },
    async peek(check) {
      return add(check, 0);
    },
  };
}
