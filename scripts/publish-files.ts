import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';

/**
 * Writes a folder's files somewhere else, and then moves them into place one by one: whatever opens a file of the folder
 * finds the whole old one or the whole new one, also while two processes write the same folder.
 * @param last the files that lead to the others, relative to the folder: moved after them, in this order. What is in the
 * folder and not among the new files is deleted after that.
 */
export async function publishFiles(
  folder: string,
  last: readonly string[],
  write: (draft: string) => Promise<void>,
): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  // Beside it: a file is moved at once only within a file system.
  const draft = await mkdtemp(join(dirname(folder), `.building-${basename(folder)}-`));
  try {
    await write(draft);
    const files = (await filesIn(draft)).filter((file) => !last.includes(file));
    for (const file of [...files, ...last]) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await rename(join(draft, file), join(folder, file));
    }
    const isNew = new Set([...files, ...last]);
    const old = (await filesIn(folder)).filter((file) => !isNew.has(file));
    await Promise.all(old.map((file) => rm(join(folder, file), { force: true })));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Relative to the folder. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
