/**
 * What `.ci/run` runs once everything is installed: the parts of `parts.ts`, in two lanes side by side. With `CI=true`
 * what is skipped for lack of a tool is a failure. The last line is `N passed, N failed`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { LIMIT_SECONDS, lanes } from './parts.ts';
import { runLanes } from './run-lanes.ts';
import { summarize } from './summary.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = await mkdtemp(join(tmpdir(), 'sessions-ci-'));
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => stop.abort(new Error(`the run got ${signal}`)));
}
const limit = setTimeout(
  () => stop.abort(new Error(`the run took longer than ${LIMIT_SECONDS / 60} minutes`)),
  LIMIT_SECONDS * 1000,
);
const startedAtMs = performance.now();
try {
  const results = await runLanes(lanes, {
    folder,
    cwd: root,
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
    signal: stop.signal,
    print: (text) => process.stdout.write(`${text}\n`),
  });
  const { text, succeeded } = summarize(results, (performance.now() - startedAtMs) / 1000, process.env.CI === 'true');
  process.stdout.write(`${text}\n`);
  process.exitCode = succeeded ? 0 : 1;
} finally {
  clearTimeout(limit);
  await rm(folder, { recursive: true, force: true });
}
