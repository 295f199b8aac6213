/**
 * Whether the tests have teeth: brings back known bugs, one at a time, and runs the test that must fail: a test file for
 * a bug that one part shows alone, the model for the others. Prints each with the test that has caught it.
 *
 *   npm run mutations                     all
 *   npm run mutations -- --fast           those that a test file catches: no stack is built
 *   npm run mutations -- part of a name…  those whose names contain one of these
 *
 * Exit status 1 if one is not caught, or if the system without any of them fails.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { judgeByModel } from './judge-by-model.ts';
import { judgeByTest } from './judge-by-test.ts';
import { type Mutation, mutations } from './mutations.ts';

/** What has become of a mutation, or of the system as it is. */
export interface Verdict {
  readonly name: string;
  readonly isRight: boolean;
  /** What has caught it. */
  readonly what: string;
  readonly detail: string;
}

/** Undefined: the system as it is, which the model must not complain about. Test files are held to that by `npm test`. */
type Job = Mutation | undefined;

async function main(args: string[]): Promise<void> {
  const isFast = args.includes('--fast');
  const wanted = args.filter((arg) => !arg.startsWith('--'));
  const chosen = mutations
    .filter(({ test }) => !isFast || test !== 'model')
    .filter((mutation) => wanted.length === 0 || wanted.some((part) => nameOf(mutation).includes(part)));
  const folder = await mkdtemp(join(tmpdir(), 'mutations-'));
  const startedAt = performance.now();
  try {
    const queue: Job[] = [...(wanted.length === 0 && !isFast ? [undefined] : []), ...chosen];
    const verdicts: Verdict[] = [];
    const work = async (worker: number) => {
      for (let next = take(queue); next !== 'none'; next = take(queue)) {
        const verdict = await judge(next, join(folder, String(worker)));
        verdicts.push(verdict);
        console.log(`${verdict.isRight ? 'ok  ' : 'FAIL'}  ${verdict.name}\n        ${verdict.what}`);
        if (process.env.MUTATIONS_VERBOSE || !verdict.isRight) console.log(verdict.detail.replace(/^/gm, '        '));
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, (_, worker) => work(worker)));
    const wrong = verdicts.filter(({ isRight }) => !isRight).length;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    console.log(`mutations: ${verdicts.length - wrong} right, ${wrong} wrong, in ${seconds} s`);
    if (wrong > 0 || verdicts.length === 0) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function judge(job: Job, folder: string): Promise<Verdict> {
  const judging = job === undefined || job.test === 'model' ? judgeByModel(job, folder) : judgeByTest(job);
  // An edit that no longer fits the code, for one: the other mutations go on.
  const verdict = await judging.catch((error: Error) => ({
    isRight: false,
    what: 'NOT TESTED',
    detail: error.message,
  }));
  return { name: job === undefined ? '(the system as it is)' : nameOf(job), ...verdict };
}

const nameOf = ({ defect, name }: Mutation): string => (defect === undefined ? name : `defect ${defect}: ${name}`);

function take(queue: Job[]): Job | 'none' {
  return queue.length === 0 ? 'none' : queue.shift();
}

await main(process.argv.slice(2));
