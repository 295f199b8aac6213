/**
 * A clock of its own for simulations: time stands still while anything computes, and jumps to the next timer when nothing
 * does. So what is measured on it does not depend on the machine.
 */
export interface SimulatedTime {
  nowMs(): number;
  setTimer(callback: () => void, delayMs: number): () => void;
  sleep(milliseconds: number): Promise<void>;
  /** Lets time pass until the work is done. @throws {Error} the work waits for something that never comes */
  run<T>(work: Promise<T>): Promise<T>;
}

interface Timer {
  readonly atMs: number;
  readonly number: number;
  readonly callback: () => void;
}

export function createSimulatedTime(startMs: number): SimulatedTime {
  let nowMs = startMs;
  let made = 0;
  const timers = new Set<Timer>();

  const setTimer = (callback: () => void, delayMs: number) => {
    const timer = { atMs: nowMs + Math.max(0, delayMs), number: made++, callback };
    timers.add(timer);
    return () => void timers.delete(timer);
  };

  const next = (): Timer | undefined => {
    let first: Timer | undefined;
    for (const timer of timers) {
      if (!first || timer.atMs < first.atMs || (timer.atMs === first.atMs && timer.number < first.number))
        first = timer;
    }
    return first;
  };

  return {
    nowMs: () => nowMs,
    setTimer,
    sleep: (milliseconds) => new Promise((resolve) => setTimer(resolve, milliseconds)),
    async run(work) {
      let isDone = false;
      const done = () => {
        isDone = true;
      };
      work.then(done, done);
      while (!isDone) {
        // Everything that is due to promises runs first.
        await new Promise(setImmediate);
        if (isDone) break;
        const timer = next();
        if (!timer) {
          await new Promise(setImmediate);
          if (isDone) break;
          throw new Error('The work waits for something that never comes');
        }
        timers.delete(timer);
        nowMs = timer.atMs;
        timer.callback();
      }
      return work;
    },
  };
}
