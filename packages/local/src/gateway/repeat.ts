import type { Clock } from '../clock.ts';

/** Runs something again and again. @param intervalMs of the clock @returns ends it */
export function repeat(clock: Clock, intervalMs: number, run: () => void): () => void {
  let cancel: () => void;
  const next = () => {
    cancel = clock.setTimer(next, intervalMs);
    run();
  };
  cancel = clock.setTimer(next, intervalMs);
  return () => cancel();
}
