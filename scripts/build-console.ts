/** Builds the console with Vite, `npm run build -- console`, into `packages/console/dist`. */
import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { isUpToDate, recordBuild } from './build-record.ts';
import { publishFiles } from './publish-files.ts';

const root = resolve(import.meta.dirname, '..');
const folder = join(root, 'packages/console');
const NAME = 'console';

/** Where the page is when it is built. */
export const consoleFolder = join(folder, 'dist');

/** What goes into the page, by folder or file. */
const inputs = [
  'packages/console/src',
  'packages/console/index.html',
  'packages/console/package.json',
  'packages/console/vite.config.ts',
  'packages/client/src',
  'packages/core/src/protocol',
  'packages/core/src/sessions/languages.ts',
  'packages/core/src/sessions/language-data.ts',
  'pnpm-lock.yaml',
  'scripts/build-console.ts',
].map((path) => join(root, path));

/** @throws {Error} with what Vite printed */
export async function buildConsole(): Promise<void> {
  const startedAtMs = Date.now();
  await publishFiles(consoleFolder, ['index.html'], runVite);
  await recordBuild(NAME, {
    startedAtMs,
    inputs: await inputFiles(),
    outputs: [join(consoleFolder, 'index.html')],
  });
}

async function runVite(outFolder: string): Promise<void> {
  const manifest = createRequire(join(folder, 'package.json')).resolve('vite/package.json');
  const vite = join(dirname(manifest), 'bin/vite.js');
  try {
    const args = [vite, 'build', '--logLevel', 'warn', '--outDir', outFolder, '--emptyOutDir'];
    await promisify(execFile)(process.execPath, args, { cwd: folder });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`The console cannot be built:\n${stderr || stdout}`, { cause: error });
  }
}

/** Whether the page has to be built: never, or from other files. */
export const isConsoleStale = async (): Promise<boolean> => !(await isUpToDate(NAME, await inputFiles()));

/** Builds the page if what goes into it has changed since the last build. */
export async function buildStaleConsole(): Promise<void> {
  if (await isConsoleStale()) await buildConsole();
}

async function inputFiles(): Promise<string[]> {
  return (await Promise.all(inputs.map(filesOf))).flat();
}

async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

if (process.argv[1] === import.meta.filename) await buildConsole();
