import { globSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../../..');

/** Of a checkout that was worked in: what was built, installed or made there. */
const MADE =
  /^(node_modules|dist|cdktf\.out|coverage|artifacts|\.git|\.cache|\.venv.*|\.dynamodb-local|\.local|\.terraform|\.building-.*)$/;

const folders: string[] = [];

/** Copies the sources to a folder of their own. @param installed whether with the dependencies, by links to ours */
export async function copyCheckout({ installed }: { installed: boolean }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sessions-checkout-'));
  folders.push(folder);
  await cp(root, folder, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => source === root || !MADE.test(basename(source)),
  });
  if (installed) await linkDependencies(folder);
  return folder;
}

async function linkDependencies(folder: string): Promise<void> {
  const modules = join(folder, 'node_modules');
  await mkdir(modules);
  for (const name of await readdir(join(root, 'node_modules'))) {
    const from = join(root, 'node_modules', name);
    // An installation in the copy would write through a link.
    if (name === '.bin') await cp(from, join(modules, name), { recursive: true, verbatimSymlinks: true });
    else await symlink(from, join(modules, name));
  }
  // Those of the workspaces are links to the root's, and to each other.
  const manifests = globSync('{infra,packages/*,packages/functions/*}/package.json', { cwd: root });
  for (const workspace of manifests.map(dirname)) {
    const from = join(root, workspace, 'node_modules');
    await cp(from, join(folder, workspace, 'node_modules'), { recursive: true, verbatimSymlinks: true }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      },
    );
  }
}

export async function removeCheckouts(): Promise<void> {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
}
