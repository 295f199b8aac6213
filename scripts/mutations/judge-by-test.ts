import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import type { Verdict } from './main.ts';
import type { Mutation } from './mutations.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MOCHA = resolve(ROOT, 'node_modules/mocha/bin/mocha.js');
const EDIT_ON_LOAD = resolve(import.meta.dirname, 'edit-on-load.mjs');

interface Failure {
  readonly fullTitle: string;
  readonly err: { readonly message?: string };
}

/** Runs a test file on the edited code: it must fail in one of its tests, and not because it could not be loaded. */
export async function judgeByTest({ edits, test }: Mutation): Promise<Omit<Verdict, 'name'>> {
  const { stdout, stderr } = await runMocha(test, JSON.stringify(edits));
  const failures = failuresIn(stdout);
  const [first] = failures ?? [];
  if (failures === undefined) return { isRight: false, what: `NOT TESTED by ${test}`, detail: `${stdout}\n${stderr}` };
  if (!first) return { isRight: false, what: `NOT CAUGHT by ${test}`, detail: stderr };
  return { isRight: true, what: `${test}: ${first.fullTitle}`, detail: first.err.message ?? '' };
}

function failuresIn(stdout: string): Failure[] | undefined {
  try {
    const report = JSON.parse(stdout.slice(stdout.indexOf('{\n  "stats"'))) as { tests: object[]; failures: Failure[] };
    return report.tests.length === 0 && report.failures.length === 0 ? undefined : report.failures;
  } catch {
    return undefined;
  }
}

function runMocha(test: string, edits: string): Promise<{ stdout: string; stderr: string }> {
  const args = ['--import', EDIT_ON_LOAD, MOCHA, '--no-parallel', '--bail', '--reporter', 'json', test];
  const env = { ...process.env, MUTATION_EDITS: edits };
  return new Promise((done) => {
    execFile(process.execPath, args, { cwd: ROOT, env, maxBuffer: 1e8 }, (error, stdout, stderr) =>
      // 99: the edits do not fit the code.
      done({ stdout: error?.code === 99 ? '' : stdout, stderr }),
    );
  });
}
