/**
 * The time as the emulated platform sees it. Every duration of the platform (idle timeout, integration timeout,
 * retry delay) is counted on it, so one scaled clock compresses them all together.
 */
export interface Clock {
  /** epoch milliseconds */
  nowMs(): number;
  /**
   * Calls back once, `delayMs` of this clock from now.
   * @param leastRealMs never sooner than that in real time: for work that would leave no time for anything else
   * @returns cancels it; may be called at any time
   */
  setTimer(callback: () => void, delayMs: number, leastRealMs?: number): () => void;
  /** Milliseconds of this clock for each real one. Absent: 1. */
  readonly scale?: number;
  /** See {@link computingMs}. Absent: real time. */
  computingMs?(limitMs: number): number;
  /** The same time for other threads. Absent: they live in real time. */
  readonly shared?: SharedTime;
}

/** A clock's time, as `lambda/function-time.mjs` reads it. */
export interface SharedTime {
  readonly buffer: SharedArrayBuffer;
  /** Calls back after every change that makes timers due at another real time. @returns ends it */
  onChange(listener: () => void): () => void;
}

/**
 * How long a limit on computing (a function's timeout, a wait for its answer) is on a clock, in its milliseconds.
 * Computing does not get faster when time is compressed, so such a limit is never compressed below some real time.
 */
export function computingMs(clock: Clock, limitMs: number): number {
  return clock.computingMs?.(limitMs) ?? limitMs;
}

/** Real time. Its timers do not keep the process alive: sockets and workers do. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  setTimer: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
