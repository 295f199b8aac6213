import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { functionsFolder } from '../../../../scripts/lambdas.ts';

/** What esbuild says of each file that it wrote. */
interface Output {
  readonly bytes: number;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[];
}

/** The address of a Lambda's built handler. */
export const bundleUrl = (name: string): string =>
  pathToFileURL(join(functionsFolder, name, 'dist/code/index.mjs')).href;

/**
 * The size of a built bundle in kB (1000 bytes): all its code, and what of it is loaded at the start, which is the entry
 * and everything that is statically imported from there.
 * @throws {Error} it has not been built
 */
export async function bundleSize(name: string): Promise<{ totalKb: number; startKb: number }> {
  const outputs = await readOutputs(name);
  const code = Object.keys(outputs).filter((path) => path.endsWith('.mjs'));
  const start = new Set(['dist/code/index.mjs']);
  for (const path of start) {
    for (const { path: imported, kind, external } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && !external) start.add(imported);
    }
  }
  const kb = (paths: Iterable<string>) =>
    [...paths].reduce((bytes, path) => bytes + (outputs[path]?.bytes ?? Number.NaN), 0) / 1000;
  return { totalKb: kb(code), startKb: kb(start) };
}

/** The dependencies in a bundle, each with its version: `@smithy/signature-v4@5.7.5`. */
export async function bundledDependencies(name: string): Promise<string[]> {
  const inputs = Object.values(await readOutputs(name)).flatMap((output) => Object.keys(output.inputs));
  const folders = inputs.map((input) => /node_modules\/\.pnpm\/([^/_(]+)/.exec(input)?.[1]?.replace('+', '/'));
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}

async function readOutputs(name: string): Promise<Record<string, Output>> {
  try {
    return JSON.parse(await readFile(join(functionsFolder, name, 'dist/meta.json'), 'utf8')).outputs;
  } catch (cause) {
    throw new Error(`packages/functions/${name}/dist is missing: run \`npm run build\``, { cause });
  }
}
