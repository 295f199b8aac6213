/**
 * The time as the emulated platform sees it. Every duration of the platform (idle timeout, integration timeout,
 * retry delay) is counted on it, so one scaled clock compresses them all together.
 */
export interface Clock {
  /** epoch milliseconds */
  nowMs(): number;
  /** Calls back once, `delayMs` of this clock from now. @returns cancels it; may be called at any time */
  setTimer(callback: () => void, delayMs: number): () => void;
}

/** Real time. Its timers do not keep the process alive: sockets and workers do. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  setTimer: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
