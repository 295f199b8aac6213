/**
 * Bundles the Lambdas and the client: `npm run build [-- name…]` (all of them by default).
 *
 * For each Lambda it writes, into `packages/<name>/dist/`:
 * - `code/`          what Lambda runs: `index.mjs` and its lazily loaded chunks
 * - `maps/`          their source maps, kept out of the zip (a map costs 17-40 ms of init, see docs/decisions)
 * - `function.zip`   the deployment package; the same input gives the same bytes
 * - `meta.json`      esbuild's account of what is in the bundle
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { type Zippable, zipSync } from 'fflate';
import { buildClient } from './build-client.ts';
import { buildConsole } from './build-console.ts';

const root = resolve(import.meta.dirname, '..');
export const packagesFolder = join(root, 'packages');

/** The packages that are Lambdas: those with a `build` script. */
export async function lambdaNames(): Promise<string[]> {
  const names: string[] = [];
  for (const name of (await readdir(packagesFolder)).sort()) {
    const manifest = await readFile(join(packagesFolder, name, 'package.json'), 'utf8').catch(() => undefined);
    if (manifest && JSON.parse(manifest).scripts?.build) names.push(name);
  }
  return names;
}

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
  alias: { '@aws-sdk/credential-provider-node': join(packagesFolder, 'core/src/aws/env-credentials.ts') },
  plugins: [builtinsWithoutImport],
  logLevel: 'error',
} as const satisfies BuildOptions;

/** Bundles one Lambda and writes its deployment package, into its `dist` unless told otherwise. */
export async function buildLambda(
  name: string,
  out = join(packagesFolder, name, 'dist'),
  /** Besides those that every bundle is made with, and after them. */
  plugins: readonly Plugin[] = [],
): Promise<{ name: string; codeBytes: number; zipBytes: number }> {
  const { outputFiles, metafile } = await build({
    ...bundleOptions,
    plugins: [...bundleOptions.plugins, ...plugins],
    absWorkingDir: join(packagesFolder, name),
    entryPoints: { index: 'src/index.ts' },
  });
  await rm(out, { recursive: true, force: true });
  await Promise.all(['code', 'maps'].map((part) => mkdir(join(out, part), { recursive: true })));

  const zippable: Zippable = {};
  let codeBytes = 0;
  for (const file of outputFiles.sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const fileName = basename(file.path);
    if (fileName.endsWith('.map')) {
      await writeFile(join(out, 'maps', fileName), file.contents);
    } else {
      await writeFile(join(out, 'code', fileName), file.contents);
      // A fixed time and mode: the archive's hash then depends on the code alone.
      zippable[fileName] = [file.contents, { mtime: new Date(1980, 0, 1), os: 3, attrs: 0o644 << 16, level: 9 }];
      codeBytes += file.contents.byteLength;
    }
  }
  const zip = zipSync(zippable);
  await writeFile(join(out, 'function.zip'), zip);
  await writeFile(join(out, 'meta.json'), JSON.stringify(metafile));
  return { name, codeBytes, zipBytes: zip.byteLength };
}

/** Bundles the named Lambdas, or all, in parallel. */
export async function buildLambdas(names?: string[]): Promise<void> {
  await Promise.all((names?.length ? names : await lambdaNames()).map((name) => buildLambda(name)));
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
