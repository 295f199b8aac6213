import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { buildStack } from './build-stack.ts';
import type { Verdict } from './main.ts';
import type { Mutation, StackJson } from './mutations.ts';

/** Sequences for each; a bug that needs more of them needs a better model. */
const RUNS = 400;
/** For the system as it is: CI holds it against the model with many more. */
const CONTROL_RUNS = 60;
const MODEL = resolve(import.meta.dirname, '../../packages/acceptance/src/model/main.ts');

/**
 * Builds the stack with the mutation, and holds it against the model.
 * @param mutation undefined: the system as it is, which the model must not complain about
 * @param folder is emptied
 */
export async function judgeByModel(mutation: Mutation | undefined, folder: string): Promise<Omit<Verdict, 'name'>> {
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
    return { isRight, what: isRight ? `model: ${sequences} sequences pass` : 'the model complains', detail };
  }
  // A slow machine must not pass for a model that notices: only a bug that makes the system silent may show as silence.
  const isSilence = / within \d+ ms/.test(output);
  const isRight = isJudged && isFailed && isSilence === (mutation.isSilent ?? false);
  return { isRight, what: isRight ? `model: sequence ${sequences}` : 'NOT CAUGHT by the model', detail };
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
