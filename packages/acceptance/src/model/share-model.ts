import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ModelOptions, ModelReport } from './check-model.ts';

const MAIN = join(import.meta.dirname, 'main.ts');

/** Further apart than the worlds of one process, each of which has a seed of its own. */
const SEED_STEP = 1000;

/**
 * Shares the sequences among processes: the gateway, the tables and the clients of all worlds of one process run on
 * its one main thread, which keeps little more than one processor busy. The first failure ends the others.
 *
 * @throws {Error} if a process ends without its report
 */
export async function shareModel(options: ModelOptions, processes: number): Promise<ModelReport> {
  const startedAt = performance.now();
  const children: ChildProcess[] = [];
  const reports: ModelReport[] = [];
  const failureOf = () => reports.find((report) => report.failure !== undefined)?.failure;
  const shares = Array.from({ length: processes }, (_, index) => {
    const child = startShare(options, index, Math.ceil(options.runs / processes));
    children.push(child);
    child.once('message', (report) => {
      reports.push(report as ModelReport);
      if (failureOf() !== undefined) for (const other of children) if (other !== child) other.kill();
    });
    return once(child, 'exit');
  });
  const exits = await Promise.all(shares);
  const failure = failureOf();
  if (failure === undefined && reports.length < processes) {
    throw new Error(
      `A process of the model ended without its report (${exits.map((exit) => exit.join(' ')).join(', ')})`,
    );
  }
  const sum = (value: (report: ModelReport) => number) => reports.reduce((total, report) => total + value(report), 0);
  return {
    runs: sum(({ runs }) => runs),
    seconds: (performance.now() - startedAt) / 1000,
    cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
    ...(failure === undefined ? {} : { failure }),
  };
}

function startShare({ seed, worlds = 2, shrinks = true }: ModelOptions, index: number, runs: number): ChildProcess {
  return fork(MAIN, {
    env: {
      ...process.env,
      MODEL_RUNS: String(runs),
      MODEL_SEED: String(seed + index * SEED_STEP),
      MODEL_PROCESSES: '1',
      MODEL_WORLDS: String(worlds),
      MODEL_SHRINKS: shrinks ? 'yes' : 'no',
    },
  });
}
