import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type Exploration, explore } from './explore.ts';

export interface ShareOptions {
  readonly seed: number;
  readonly schedules: number;
  readonly seconds: number;
  readonly workers: number;
}

interface Share extends ShareOptions {
  readonly from: number;
}

/** Explores in several threads, each of which takes every so-manyth schedule. @returns the sum, with the first finding */
export async function exploreInThreads(options: ShareOptions): Promise<Exploration> {
  const threads = Array.from({ length: options.workers }, (_, from) => {
    const share: Share = { ...options, from };
    return new Worker(new URL(import.meta.url), { workerData: share });
  });
  const parts = await Promise.all(
    threads.map(async (thread) => {
      const [part] = (await once(thread, 'message')) as [Exploration];
      // What one has found, the others need not look for.
      if (part.finding !== undefined) for (const other of threads) if (other !== thread) other.postMessage('stop');
      return part;
    }),
  );
  await Promise.all(threads.map((thread) => thread.terminate()));
  const findings = parts.flatMap(({ finding }) => finding ?? []).sort((one, other) => one.index - other.index);
  return {
    schedules: parts.reduce((sum, { schedules }) => sum + schedules, 0),
    steps: parts.reduce((sum, { steps }) => sum + steps, 0),
    finding: findings[0],
  };
}

async function runShare({ seed, schedules, seconds, workers, from }: Share): Promise<void> {
  const untilMs = performance.now() + seconds * 1000;
  let isStopped = false;
  parentPort?.once('message', () => {
    isStopped = true;
  });
  const isOver = () => isStopped || performance.now() > untilMs;
  parentPort?.postMessage(await explore({ seed, schedules, from, stride: workers, isOver }));
}

if (!isMainThread && workerData !== null) await runShare(workerData as Share);
