/**
 * `npm start`: installs the dependencies if they have changed, then runs `start.ts` with the project's own Node.js, until
 * that ends or one of this process, npm or the shell between them is told to.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { bootstrap, InstallationError, projectNode } from './bootstrap.mjs';

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
const PARENT_CHECK_MS = 200;

/** @type {import('node:child_process').ChildProcess | undefined} */
let child;
/** @type {NodeJS.Signals | undefined} */
let stoppedBy;
const installation = new AbortController();

/** @param {NodeJS.Signals} signal */
function stop(signal) {
  stoppedBy ??= signal;
  installation.abort();
  child?.kill(signal);
}

for (const signal of SIGNALS) process.on(signal, stop);
// npm hands on SIGTERM and SIGINT to a shell, which may end without us; SIGHUP and SIGKILL it hands on to nobody. Started
// by something else, this process may well outlive its parent.
if (process.env.npm_lifecycle_event !== undefined) {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && stoppedBy === undefined && stop('SIGTERM'), PARENT_CHECK_MS).unref();
}

try {
  await bootstrap({ signal: installation.signal });
  process.exitCode = stoppedBy === undefined ? await run() : exitCodeOf(stoppedBy);
} catch (error) {
  console.error(error instanceof InstallationError ? error.message : error);
  process.exitCode = stoppedBy === undefined ? 1 : exitCodeOf(stoppedBy);
}

/** @returns {Promise<number>} the exit code */
function run() {
  const script = fileURLToPath(new URL('start.ts', import.meta.url));
  // By the channel it notices the end of this process, also by SIGKILL.
  const stdio = /** @type {const} */ (['inherit', 'inherit', 'inherit', 'ipc']);
  // After `--` Node.js looks at no option: it would take `--env-file` for its own, and end where there is no such file.
  const started = spawn(projectNode, ['--', script, ...process.argv.slice(2)], { stdio });
  child = started;
  return new Promise((resolve, reject) => {
    started.once('error', reject);
    started.once('exit', (code, signal) => resolve(code ?? exitCodeOf(signal)));
  });
}

/** As shells number it. @param {NodeJS.Signals | null} signal */
function exitCodeOf(signal) {
  return 128 + (signal === null ? 0 : constants.signals[signal]);
}
