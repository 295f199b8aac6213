import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { synthesize } from '../../infra/src/index.ts';
import { buildLambda } from '../build.ts';
import { lambdaNames } from '../lambdas.ts';
import { applyEdits, type Edit, editedFileOf } from './edits.ts';

/**
 * Builds the functions with some files' texts changed, and synthesizes the stack beside them. No file of the
 * repository is touched: the changes are made on the way into the bundles.
 * @param folder is emptied
 * @returns the stack file
 */
export async function buildStack(folder: string, edits: readonly Edit[]): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  const applied = new Set<Edit>();
  const plugin = editing(edits, applied);
  await Promise.all(
    lambdaNames().map(async (name) => {
      const dist = join(folder, 'functions', name, 'dist');
      await mkdir(dist, { recursive: true });
      await buildLambda(name, dist, [plugin]);
    }),
  );
  const missed = edits.filter((edit) => !applied.has(edit));
  if (missed.length > 0) throw new Error(`No bundle has ${missed.map(({ file }) => file).join(', ')}`);
  const [stack] = synthesize({
    environments: ['dev'],
    outdir: join(folder, 'cdktf.out'),
    functionsFolder: join(folder, 'functions'),
  });
  if (!stack) throw new Error('No stack was written');
  return stack.file;
}

function editing(edits: readonly Edit[], applied: Set<Edit>): Plugin {
  return {
    name: 'mutation',
    setup(build) {
      build.onLoad({ filter: /[\\/]packages[\\/](functions[\\/])?[^\\/]+[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
        const file = editedFileOf(path);
        const own = edits.filter((edit) => edit.file === file);
        if (own.length === 0) return undefined;
        for (const edit of own) applied.add(edit);
        return { contents: applyEdits(file, await readFile(path, 'utf8'), own), loader: 'ts' };
      });
    },
  };
}
