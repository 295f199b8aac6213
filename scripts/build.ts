/**
 * Bundles the Lambdas and the client: `npm run build [-- name…]` (all of them by default).
 *
 * For each Lambda it writes, into `packages/functions/<name>/dist/`:
 * - `code/`          what Lambda runs: `index.mjs` and its lazily loaded chunks
 * - `maps/`          their source maps, kept out of the zip (a map costs 17-40 ms of init, see docs/decisions)
 * - `function.zip`   the deployment package; the same input gives the same bytes
 * - `meta.json`      esbuild's account of what is in the bundle
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { type Zippable, zipSync } from 'fflate';
import { buildClient } from './build-client.ts';
import { buildConsole } from './build-console.ts';
import { recordBuild } from './build-record.ts';
import { functionsFolder, lambdaNames } from './lambdas.ts';
import { publishFiles } from './publish-files.ts';

const root = resolve(import.meta.dirname, '..');

/**
 * Takes Node.js's own modules by `process.getBuiltinModule` instead of `import`. An import reads every export of the
 * module, and `node:http` has getters among them (`WebSocket`, `CloseEvent`) that load the whole of undici: about a
 * fifth of a cold start, for nothing.
 */
const builtinsWithoutImport: Plugin = {
  name: 'builtins-without-import',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z]/ }, ({ path }) =>
      isBuiltin(path) ? { path, namespace: 'builtin', sideEffects: false } : undefined,
    );
    onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
    }));
  },
};

/** How every bundle is made; also that of the benchmarks, which compare like with like. */
export const bundleOptions = {
  outdir: 'dist/code',
  bundle: true,
  splitting: true,
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  platform: 'node',
  target: 'node22',
  mainFields: ['module', 'main'],
  minify: true,
  keepNames: false,
  sourcemap: 'external',
  legalComments: 'none',
  metafile: true,
  write: false,
  // Lambda hands its credentials over in the environment; the SDK's default chain (SSO, INI files, STS,
  // instance metadata) would be 130 kB that never runs.
  alias: { '@aws-sdk/credential-provider-node': join(root, 'packages/core/src/aws/env-credentials.ts') },
  plugins: [builtinsWithoutImport],
  logLevel: 'error',
} as const satisfies BuildOptions;

/** Bundles one Lambda and writes its deployment package, into its `dist` unless told otherwise. */
export async function buildLambda(
  name: string,
  out = distOf(name),
  /** Besides those that every bundle is made with, and after them. */
  plugins: readonly Plugin[] = [],
): Promise<{ name: string; codeBytes: number; zipBytes: number }> {
  const startedAtMs = Date.now();
  const folder = join(functionsFolder, name);
  const { outputFiles, metafile } = await build({
    ...bundleOptions,
    plugins: [...bundleOptions.plugins, ...plugins],
    absWorkingDir: folder,
    entryPoints: { index: 'src/index.ts' },
  });

  const zippable: Zippable = {};
  let codeBytes = 0;
  const code = outputFiles.filter(({ path }) => !path.endsWith('.map')).sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const { path, contents } of code) {
    // A fixed time and mode: the archive's hash then depends on the code alone.
    zippable[basename(path)] = [contents, { mtime: new Date(1980, 0, 1), os: 3, attrs: 0o644 << 16, level: 9 }];
    codeBytes += contents.byteLength;
  }
  const zip = zipSync(zippable);
  // Chunks before what loads them, and the account of it all last.
  await publishFiles(out, ['code/index.mjs', 'function.zip', 'meta.json'], async (draft) => {
    await Promise.all(['code', 'maps'].map((part) => mkdir(join(draft, part))));
    for (const { path, contents } of outputFiles) {
      await writeFile(join(draft, path.endsWith('.map') ? 'maps' : 'code', basename(path)), contents);
    }
    await writeFile(join(draft, 'function.zip'), zip);
    await writeFile(join(draft, 'meta.json'), JSON.stringify(metafile));
  });
  if (out === distOf(name) && plugins.length === 0) {
    await recordBuild(name, {
      startedAtMs,
      inputs: [...ownFiles(Object.keys(metafile.inputs)).map((input) => resolve(folder, input)), ...recipe(folder)],
      outputs: [...Object.keys(zippable).map((file) => join('code', file)), 'function.zip', 'meta.json'].map((file) =>
        join(out, file),
      ),
    });
  }
  return { name, codeBytes, zipBytes: zip.byteLength };
}

const distOf = (name: string): string => join(functionsFolder, name, 'dist');

/** Without Node.js's own modules, which are no files (`builtin:node:crypto`), and dependencies, which the lockfile stands for. */
const ownFiles = (inputs: readonly string[]): string[] =>
  inputs.filter((input) => !input.startsWith('builtin:') && !input.includes('node_modules/'));

/** What decides over a bundle beside the code in it. */
const recipe = (folder: string): string[] => [
  join(folder, 'package.json'),
  ...['pnpm-lock.yaml', 'scripts/build.ts'].map((file) => join(root, file)),
];

/** Bundles the named Lambdas, or all, in parallel. */
export async function buildLambdas(names?: string[]): Promise<void> {
  await Promise.all((names?.length ? names : lambdaNames()).map((name) => buildLambda(name)));
}

if (process.argv[1] === import.meta.filename) {
  const names = process.argv.slice(2);
  const lambdas = names.filter((name) => name !== 'client' && name !== 'console');
  await Promise.all([
    ...(names.length === 0 || lambdas.length > 0 ? [buildLambdas(lambdas)] : []),
    ...(names.length === 0 || names.includes('client') ? [buildClient()] : []),
    // Not of itself: it takes seconds, and `npm start` builds it when it is stale.
    ...(names.includes('console') ? [buildConsole()] : []),
  ]);
}
