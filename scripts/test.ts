/**
 * `npm test`: runs the whole suite, then the report of what the functions' roles allow and the suite used. With
 * arguments, which go to mocha, only part of it runs: then there is no report, for that part cannot use everything.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { report } from './iam-report.ts';

const SUITE = ['packages/*/test/**/*.test.ts', 'infra/test/**/*.test.ts'];

const root = resolve(import.meta.dirname, '..');
const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');

async function runMocha(args: string[], usageFolder: string): Promise<boolean> {
  const env = { ...process.env, IAM_USAGE_FOLDER: usageFolder };
  const child = spawn(process.execPath, [mocha, ...args], { cwd: root, env, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  return code === 0;
}

const args = process.argv.slice(2);
const usageFolder = await mkdtemp(join(tmpdir(), 'iam-usage-'));
try {
  const passed = await runMocha(args.length > 0 ? args : SUITE, usageFolder);
  // Tests that failed may not have come as far as what they use.
  const isComplete = passed && args.length === 0;
  process.exitCode = passed && (!isComplete || (await report(usageFolder))) ? 0 : 1;
} finally {
  await rm(usageFolder, { recursive: true, force: true });
}
