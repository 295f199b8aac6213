/**
 * What `.ci/run` runs once everything is installed: the parts of `parts.ts`, in two lanes side by side. With `CI=true`
 * what is skipped for lack of a tool is a failure. The last line is `N passed, N failed`. With arguments only the parts
 * of these names run: `bash .ci/run lint "documented commands"`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { LIMIT_SECONDS, lanes, type Part } from './parts.ts';
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
const names = process.argv.slice(2);
const chosen = (parts: readonly Part[]) => parts.filter(({ name }) => names.length === 0 || names.includes(name));
const startedAtMs = performance.now();
try {
  const known = Object.values(lanes).flatMap((parts) => parts.map(({ name }) => name));
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`.ci/run has no part ${unknown.join(', ')}: use ${known.join(', ')}`);
  const parts = { prepare: chosen(lanes.prepare), first: chosen(lanes.first), second: chosen(lanes.second) };
  const results = await runLanes(parts, {
    folder,
    cwd: root,
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
    signal: stop.signal,
    print: (text) => process.stdout.write(`${text}\n`),
  });
  const { text, succeeded } = summarize(results, (performance.now() - startedAtMs) / 1000, process.env.CI === 'true');
  process.stdout.write(`${text}\n`);
  process.exitCode = succeeded ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.stdout.write('\n0 passed, 1 failed\n');
  process.exitCode = 1;
} finally {
  clearTimeout(limit);
  await rm(folder, { recursive: true, force: true });
}
