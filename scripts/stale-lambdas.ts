import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { lambdaNames } from './build.ts';

const root = resolve(import.meta.dirname, '..');

/** The Lambdas whose last build is older than anything that went into it, or is not there. */
export async function staleLambdas(): Promise<string[]> {
  const names = await lambdaNames();
  const fresh = await Promise.all(names.map(isFresh));
  return names.filter((_, index) => !fresh[index]);
}

async function isFresh(name: string): Promise<boolean> {
  const folder = join(root, 'packages', name);
  try {
    // The build's own account, written last: what it read, relative to the package.
    const metaFile = join(folder, 'dist/meta.json');
    const { inputs } = JSON.parse(await readFile(metaFile, 'utf8')) as { inputs: Record<string, unknown> };
    const own = Object.keys(inputs).filter((input) => !input.includes('node_modules/'));
    // Dependencies change with the lockfile alone.
    const others = ['pnpm-lock.yaml', 'scripts/build.ts'].map((file) => join(root, file));
    const builtAtMs = (await stat(metaFile)).mtimeMs;
    const changes = await Promise.all(
      [...own.map((input) => resolve(folder, input)), join(folder, 'package.json'), ...others].map((file) =>
        stat(file),
      ),
    );
    return changes.every(({ mtimeMs }) => mtimeMs < builtAtMs);
  } catch {
    return false; // never built, or a file is gone
  }
}
