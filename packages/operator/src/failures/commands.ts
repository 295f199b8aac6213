import { explainAwsError, OperatorError } from '../errors.ts';
import type { Failure, QueueName } from './failure.ts';
import { readFailure } from './failure.ts';
import type { FailureQueue } from './failure-queue.ts';

/** Long enough to read all; a command that is killed leaves them hidden for so long. */
const LOOK_SECONDS = 60;
/** Longer than the functions run. */
const WORK_SECONDS = 300;

/** Which failures: those whose IDs begin like these, or all. */
export type Selection = readonly string[] | 'all';

export interface WorkReport {
  readonly failure: Failure;
  /** What came of it; absent: it failed. */
  readonly result?: string;
  readonly error?: string;
}

/** What can be done with both queues. */
export function createFailureCommands(queues: Readonly<Record<QueueName, FailureQueue>>) {
  const names = Object.keys(queues) as QueueName[];

  /** Everything that can be had, oldest first; others can receive it again afterwards. */
  async function look(): Promise<Failure[]> {
    const each = await Promise.all(
      names.map(async (name) => {
        const held: Failure[] = [];
        try {
          for await (const message of queues[name].messages(LOOK_SECONDS)) held.push(readFailure(name, message));
          return held;
        } finally {
          await Promise.all(held.map(({ message }) => queues[name].release(message)));
        }
      }),
    );
    return each.flat().sort((a, b) => a.failedAtMs - b.failedAtMs);
  }

  return {
    async list(): Promise<{ failures: Failure[]; heldByOthers: number }> {
      const failures = await look();
      const held = await Promise.all(names.map((name) => queues[name].heldByOthers()));
      return { failures, heldByOthers: held.reduce((sum, count) => sum + count, 0) };
    },

    async show(idStart: string): Promise<Failure> {
      return only(idStart, await look());
    },

    /**
     * Does something with each failure that is selected, one after the other, and deletes its message if that succeeds. The
     * others, and those with which it failed, can be received again afterwards.
     * @throws {OperatorError} an ID is none, or not the only one that begins like that; nothing was done then
     */
    async work(
      selection: Selection,
      run: (failure: Failure) => Promise<string>,
      signal: AbortSignal,
    ): Promise<WorkReport[]> {
      const all = await look();
      const wanted = new Set(
        selection === 'all' ? all.map(({ id }) => id) : selection.map((idStart) => only(idStart, all).id),
      );
      const reports: WorkReport[] = [];
      for (const name of names) {
        const held = new Set<Failure>();
        try {
          if (!all.some(({ queue, id }) => queue === name && wanted.has(id))) continue;
          for await (const message of queues[name].messages(WORK_SECONDS)) {
            const failure = readFailure(name, message);
            held.add(failure);
            if (signal.aborted) break;
            if (!wanted.delete(failure.id)) continue;
            const report = await attempt(failure, run);
            reports.push(report);
            if (report.error !== undefined) continue;
            await queues[name].delete(message);
            held.delete(failure);
          }
        } finally {
          await Promise.all([...held].map(({ message }) => queues[name].release(message)));
        }
      }
      return reports;
    },
  };
}

/** A failure of one does not keep the others from being tried. */
async function attempt(failure: Failure, run: (failure: Failure) => Promise<string>): Promise<WorkReport> {
  try {
    return { failure, result: await run(failure) };
  } catch (error) {
    const line = error instanceof OperatorError ? error.message : explainAwsError(error);
    if (line === undefined) throw error;
    return { failure, error: line };
  }
}

function only(idStart: string, failures: readonly Failure[]): Failure {
  const [found, ...others] = failures.filter(({ id }) => id.startsWith(idStart.toLowerCase()));
  if (found === undefined) {
    throw new OperatorError(
      `there is no failure ${idStart} (npm run failures -- list): it was replayed or deleted, or another operator holds it just now`,
    );
  }
  if (others.length === 0) return found;
  const ids = [found, ...others].map(({ id }) => id).join(', ');
  throw new OperatorError(`several failures begin with ${idStart}: ${ids}`);
}
