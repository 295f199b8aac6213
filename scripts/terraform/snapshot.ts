import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '../..');
const snapshotFile = (stackName: string): string => join(root, 'infra/test/snapshots', `${stackName}.txt`);

export const writeSnapshot = (stackName: string, summary: string): Promise<void> =>
  writeFile(snapshotFile(stackName), summary);

/** @returns undefined if the summary is the one that was kept; else what differs, and what to do about it */
export async function compareWithSnapshot(stackName: string, summary: string): Promise<string | undefined> {
  const file = snapshotFile(stackName);
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (kept === summary) return undefined;
  return (
    `terraform: the plan of ${stackName} is not the one in ${relative(root, file)}:\n${await difference(kept, summary)}` +
    'If this is what you want: npm run terraform -- --update, and commit the file.'
  );
}

/** As `git diff` shows it, without the names of the files. */
async function difference(before: string, after: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sessions-snapshot-'));
  try {
    await Promise.all([writeFile(join(folder, 'before'), before), writeFile(join(folder, 'after'), after)]);
    const args = ['diff', '--no-index', '--no-ext-diff', '--no-color', '--unified=2', 'before', 'after'];
    const stdout = await promisify(execFile)('git', args, { cwd: folder }).then(
      (same) => same.stdout,
      (different: { stdout?: string }) => different.stdout ?? '', // git's exit code is 1
    );
    return stdout.slice(stdout.indexOf('@@'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
