/**
 * Builds the client SDK into `packages/client/dist/`, which is a package by itself:
 * - `client.js`      the browser's bundle, minified, without imports; Node.js takes it, too
 * - `types/`         its declarations, which need no other package either
 * - `package.json`   what a bundler, Node.js and TypeScript find them by
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { publishFiles } from './publish-files.ts';

const packageFolder = resolve(import.meta.dirname, '../packages/client');

/** @param out where to; default: the package's `dist` */
export async function buildClient(out = join(packageFolder, 'dist')): Promise<void> {
  await publishFiles(out, ['types/index.d.ts', 'client.js', 'package.json'], async (draft) => {
    await Promise.all([
      bundle(draft),
      declare(draft),
      describe(draft),
      cp(join(packageFolder, 'README.md'), join(draft, 'README.md')),
    ]);
  });
}

const bundle = (out: string) =>
  build({
    entryPoints: [join(packageFolder, 'src/index.ts')],
    outfile: join(out, 'client.js'),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    logLevel: 'error',
  });

/** The compiler declares every file; only those that the entry leads to are anybody's business. */
async function declare(out: string): Promise<void> {
  const all = join(out, 'declarations');
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  const project = join(packageFolder, 'tsconfig.build.json');
  try {
    await promisify(execFile)(process.execPath, [compiler, '-p', project, '--outDir', all]);
  } catch (error) {
    throw new Error(`The client's declarations cannot be made:\n${(error as { stdout?: string }).stdout ?? error}`);
  }
  await mkdir(join(out, 'types'));
  const wanted = ['index'];
  for (const name of wanted) {
    const declarations = await readFile(join(all, 'client/src', `${name}.d.ts`), 'utf8');
    for (const [, specifier = ''] of declarations.matchAll(/from '([^']+)'/g)) {
      if (!specifier.startsWith('./'))
        throw new Error(`${name}.d.ts needs ${specifier}, which applications do not have`);
      const next = basename(specifier, '.ts');
      if (!wanted.includes(next)) wanted.push(next);
    }
    await writeFile(
      join(out, 'types', `${name}.d.ts`),
      declarations.replace(/from '(\.\/[^']+)\.ts'/g, "from '$1.js'"),
    );
  }
  await rm(all, { recursive: true });
}

async function describe(out: string): Promise<void> {
  const { name, version, description, license } = JSON.parse(
    await readFile(join(packageFolder, 'package.json'), 'utf8'),
  );
  const manifest = {
    name,
    version,
    description,
    license,
    type: 'module',
    sideEffects: false,
    exports: { '.': { types: './types/index.d.ts', browser: './client.js', import: './client.js' } },
  };
  await writeFile(join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
