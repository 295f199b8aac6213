/** Builds the console with Vite, `npm run build -- console`, into `packages/console/dist`. */
import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '..');
const folder = join(root, 'packages/console');

/** Where the page is when it is built. */
export const consoleFolder = join(folder, 'dist');

/** What goes into the page, by folder or file. */
const inputs = [
  'packages/console/src',
  'packages/console/index.html',
  'packages/console/vite.config.ts',
  'packages/client/src',
  'packages/core/src/protocol',
  'packages/core/src/sessions/languages.ts',
  'packages/core/src/sessions/language-data.ts',
  'pnpm-lock.yaml',
].map((path) => join(root, path));

/** @throws {Error} with what Vite printed */
export async function buildConsole(): Promise<void> {
  const manifest = createRequire(join(folder, 'package.json')).resolve('vite/package.json');
  const vite = join(dirname(manifest), 'bin/vite.js');
  try {
    await promisify(execFile)(process.execPath, [vite, 'build', '--logLevel', 'warn'], { cwd: folder });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`The console cannot be built:\n${stderr || stdout}`, { cause: error });
  }
}

/** Builds the page if something that goes into it is newer than the last build. */
export async function buildStaleConsole(): Promise<void> {
  const builtAtMs = await modifiedAtMs(join(consoleFolder, 'index.html')).catch(() => 0);
  const changedAtMs = Math.max(...(await Promise.all(inputs.map(newestIn))));
  if (changedAtMs >= builtAtMs) await buildConsole();
}

async function newestIn(path: string): Promise<number> {
  const own = await stat(path);
  if (!own.isDirectory()) return own.mtimeMs;
  const names = await readdir(path, { recursive: true });
  return Math.max(own.mtimeMs, ...(await Promise.all(names.map((name) => modifiedAtMs(join(path, name))))));
}

const modifiedAtMs = async (path: string): Promise<number> => (await stat(path)).mtimeMs;

if (process.argv[1] === import.meta.filename) await buildConsole();
