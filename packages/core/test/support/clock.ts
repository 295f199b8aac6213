import type { Clock } from '../../src/sessions/ports.ts';

/** A time that a test reads and moves. Starts at 1,000,000 ms. */
export interface FakeClock extends Clock {
  advance(milliseconds: number): void;
}

export function fakeClock(startMs = 1_000_000): FakeClock {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    advance(milliseconds) {
      nowMs += milliseconds;
    },
  };
}
