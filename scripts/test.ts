/**
 * `npm test`: runs the whole suite, then the report of what the functions' roles allow and the suite used. With
 * arguments, which go to mocha, only part of it runs: then there is no report, for that part cannot use everything.
 * `npm run test:fast` (`--fast`) leaves out what needs a tool or takes long, and only `npm run test:nightly`
 * (`--nightly`) runs what takes minutes and is tried by day in a shorter way: tests say so to `scripts/tools`.
 *
 * The last line says what was skipped for lack of which tool. With `CI=true` that is a failure: CI skips nothing.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { report } from './iam-report.ts';
import { slowestFiles, TIMES_FOLDER } from './tools/file-times.ts';
import { leftOutLines, missingTools, readSkips, SKIPS_FOLDER, skippedLine } from './tools/skips.ts';

const SUITE = ['packages/*/test/**/*.test.ts', 'packages/functions/*/test/**/*.test.ts', 'infra/test/**/*.test.ts'];
/** `npm run test:fast` is for between two edits. Beyond this it names the files to look at. */
const FAST_SECONDS = 90;

const root = resolve(import.meta.dirname, '..');
const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');

async function runMocha(args: readonly string[], env: Readonly<Record<string, string>>): Promise<boolean> {
  const child = spawn(process.execPath, [mocha, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  // Ctrl-C reaches mocha by itself, and the folders below are to be deleted after it has ended.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = await once(child, 'exit');
  return code === 0;
}

const args = process.argv.slice(2);
const isFast = args[0] === '--fast';
const isNightly = args[0] === '--nightly';
if (isFast || isNightly) args.shift();
const folder = await mkdtemp(join(tmpdir(), 'sessions-tests-'));
try {
  const [usage, times] = [join(folder, 'iam-usage'), join(folder, 'times')];
  // A run of several parts (`.ci/run`) collects what all of them skip.
  const skips = process.env[SKIPS_FOLDER] ?? join(folder, 'skips');
  await Promise.all([usage, times, skips].map((each) => mkdir(each, { recursive: true })));
  const startedAtMs = performance.now();
  const passed = await runMocha(args.length > 0 ? args : SUITE, {
    IAM_USAGE_FOLDER: usage,
    [TIMES_FOLDER]: times,
    [SKIPS_FOLDER]: skips,
    ...(isFast && { TEST_FAST: '1' }),
    ...(isNightly && { TEST_NIGHTLY: '1' }),
  });
  const seconds = (performance.now() - startedAtMs) / 1000;

  const skipped = readSkips(skips);
  // Tests that failed or were skipped may not have come as far as what they use.
  const isComplete = passed && args.length === 0 && !isFast;
  const reported = !isComplete || (await report(usage));
  if (args.length === 0) {
    const slowest = slowestFiles(times, 5).map((time) => `${time.file} ${time.seconds.toFixed(0)} s`);
    console.log(`${seconds.toFixed(0)} s; slowest: ${slowest.join(', ')}`);
    if (isFast && seconds > FAST_SECONDS) console.log(`SLOW: test:fast is to answer within ${FAST_SECONDS} s`);
  }
  const lines = [...leftOutLines(skipped), skippedLine(skipped)].filter((line) => line !== undefined);
  for (const line of lines) console.log(line);
  const skipsTooMuch = process.env.CI === 'true' && missingTools(skipped).length > 0;
  if (skipsTooMuch) console.log('With CI=true nothing may be skipped for lack of a tool.');
  process.exitCode = passed && reported && !skipsTooMuch ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
