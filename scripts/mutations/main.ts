/**
 * Whether the model test has teeth: brings back known bugs, one at a time, and holds each broken system against the
 * model. `npm run mutations [-- part of a name…]`. Exit status 1 if one is not caught, or if the system
 * without any of them is.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildStack } from './build-stack.ts';
import { type Mutation, mutations, type StackJson } from './mutations.ts';

/** Sequences for each; a bug that needs more of them needs a better model. */
const RUNS = 400;
/** For the system as it is: CI holds it against the model with many more. */
const CONTROL_RUNS = 60;
const MODEL = resolve(import.meta.dirname, '../../packages/acceptance/src/model/main.ts');

interface Verdict {
  readonly name: string;
  readonly isRight: boolean;
  readonly what: string;
  readonly detail: string;
}

async function main(wanted: string[]): Promise<void> {
  const chosen = mutations.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
  const folder = await mkdtemp(join(tmpdir(), 'mutations-'));
  const startedAt = performance.now();
  try {
    const queue: (Mutation | undefined)[] = [...(wanted.length === 0 ? [undefined] : []), ...chosen];
    const verdicts: Verdict[] = [];
    const work = async (worker: number) => {
      for (let next = take(queue); next !== 'none'; next = take(queue)) {
        const verdict = await judge(next, join(folder, String(worker)));
        verdicts.push(verdict);
        console.log(`${verdict.isRight ? 'ok  ' : 'FAIL'}  ${verdict.what.padEnd(10)}  ${verdict.name}`);
        if (process.env.MUTATIONS_VERBOSE || !verdict.isRight) console.log(verdict.detail.replace(/^/gm, '        '));
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, (_, worker) => work(worker)));
    const wrong = verdicts.filter(({ isRight }) => !isRight).length;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    console.log(`mutations: ${verdicts.length - wrong} right, ${wrong} wrong, in ${seconds} s`);
    if (wrong > 0) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function take(queue: (Mutation | undefined)[]): Mutation | undefined | 'none' {
  return queue.length === 0 ? 'none' : queue.shift();
}

/** @param mutation undefined: the system as it is, which the model must not complain about */
async function judge(mutation: Mutation | undefined, folder: string): Promise<Verdict> {
  const stackFile = await buildStack(folder, mutation?.edits ?? []);
  if (mutation?.editStack) {
    const stack = JSON.parse(await readFile(stackFile, 'utf8')) as StackJson;
    mutation.editStack(stack);
    await writeFile(stackFile, JSON.stringify(stack));
  }
  const { isFailed, output } = await holdAgainstModel(stackFile, mutation ? RUNS : CONTROL_RUNS, mutation?.seed ?? 1);
  const sequences = /model: (\d+) sequences/.exec(output)?.[1];
  // A process that broke off says nothing of the system.
  const isJudged = sequences !== undefined;
  const detail = output.replace(/\n +at .*/g, '').trim();
  if (!mutation) {
    const isRight = isJudged && !isFailed;
    return { name: '(the system as it is)', isRight, what: isRight ? 'passes' : 'complains', detail };
  }
  // A slow machine must not pass for a model that notices: only a bug that makes the system silent may show as silence.
  const isSilence = / within \d+ ms/.test(output);
  const isRight = isJudged && isFailed && isSilence === (mutation.isSilent ?? false);
  return { name: mutation.name, isRight, what: isRight ? `at ${sequences}` : 'NOT CAUGHT', detail };
}

function holdAgainstModel(
  stackFile: string,
  runs: number,
  seed: number,
): Promise<{ isFailed: boolean; output: string }> {
  const env = {
    ...process.env,
    MODEL_STACK_FILE: stackFile,
    MODEL_RUNS: String(runs),
    MODEL_SEED: String(seed),
    MODEL_SHRINKS: 'no',
    MODEL_PROCESSES: '1',
    MODEL_WORLDS: '3',
  };
  return new Promise((done) => {
    execFile(process.execPath, [MODEL], { env, maxBuffer: 1e8 }, (error, stdout, stderr) =>
      done({ isFailed: error !== null, output: `${stdout}\n${stderr}` }),
    );
  });
}

await main(process.argv.slice(2));
