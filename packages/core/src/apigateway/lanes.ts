/** Makes one attempt. @returns milliseconds after which to make the next one, or `undefined`: finished */
export type Attempt<T> = (item: T, attemptsBefore: number) => Promise<number | undefined>;

/** Runs attempts with a bounded number in flight, over all runs together. */
export interface Lanes {
  /** Attempts every item until it is finished. @throws what an attempt throws */
  run<T>(items: readonly T[], attempt: Attempt<T>): Promise<void>;
}

/** What a run still has to start. */
interface Run {
  hasWork(): boolean;
  /** Starts the next attempt. @returns when it has ended; never rejects */
  start(): Promise<void>;
}

/**
 * Creates lanes. Runs take turns, so that a single message does not wait for a fan-out of thousands. Within a run an
 * item that has to be retried waits outside of the lanes, and then behind those that have not been attempted at all: a
 * slow socket costs the others one attempt's time in one lane.
 */
export function createLanes(maxInFlight: number): Lanes {
  const ready = new Set<Run>();
  let inFlight = 0;

  function pump(): void {
    while (inFlight < maxInFlight) {
      const [run] = ready;
      if (run === undefined) return;
      inFlight++;
      const ended = run.start();
      ready.delete(run);
      if (run.hasWork()) ready.add(run);
      void ended.then(() => {
        inFlight--;
        pump();
      });
    }
  }

  return {
    run: <T>(items: readonly T[], attempt: Attempt<T>) =>
      new Promise<void>((resolve, reject) => {
        if (items.length === 0) return resolve();
        let next = 0;
        let unfinished = items.length;
        const due: { item: T; attempts: number }[] = [];
        const run: Run = {
          hasWork: () => next < items.length || due.length > 0,
          async start() {
            const job = next < items.length ? { item: items[next++] as T, attempts: 0 } : due.shift();
            if (job === undefined) return;
            try {
              const delayMs = await attempt(job.item, job.attempts++);
              if (delayMs === undefined) {
                if (--unfinished === 0) resolve();
                return;
              }
              setTimeout(() => {
                due.push(job);
                ready.add(run);
                pump();
              }, delayMs);
            } catch (error) {
              reject(error);
            }
          },
        };
        ready.add(run);
        pump();
      }),
  };
}
