/** The time, and timers on it. Handed in, so that a test can let hours pass. */
export interface Clock {
  /** epoch milliseconds */
  nowMs(): number;
  /** Calls back once, `delayMs` from now. @returns cancels it; may be called at any time */
  setTimer(callback: () => void, delayMs: number): () => void;
}

/** The platform's. */
export const platformClock: Clock = {
  nowMs: () => Date.now(),
  setTimer: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/**
 * Waits.
 * @param signal ends the wait at once, without an error: who waits looks at the signal anyway
 */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const finish = () => {
      cancel();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.setTimer(finish, delayMs);
    signal.addEventListener('abort', finish);
  });
}
