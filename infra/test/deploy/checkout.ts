import { execFile } from 'node:child_process';
import { cp, lstat, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';

const root = resolve(import.meta.dirname, '../../..');

/** A copy of the working tree as git would clone it, with what is installed: no bundles, stacks, settings or state. */
export interface Checkout {
  readonly folder: string;
  /** Runs a command at its top. A path without slashes is looked for on the PATH of a user, not of `npm test`. */
  run(file: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended>;
  remove(): Promise<void>;
}

export interface Ended {
  readonly code: number | string | null;
  /** Standard output and error, in the order of their arrival, without colours. */
  readonly output: string;
}

export async function makeCheckout(): Promise<Checkout> {
  const folder = await mkdtemp(join(tmpdir(), 'sessions-checkout-'));
  const { stdout } = await promisify(execFile)('git', ['ls-files', '-coz', '--exclude-standard'], { cwd: root });
  for (const file of stdout.split('\0').filter(Boolean)) {
    const source = join(root, file);
    // Deleted, and the deletion is not committed yet.
    if (!(await lstat(source).catch(() => undefined))) continue;
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(source, join(folder, file), { verbatimSymlinks: true });
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  // Links only, relative ones: those to our own packages lead into the copy.
  const { stdout: manifests } = await promisify(execFile)('git', ['ls-files', '-z', '*/package.json'], { cwd: root });
  for (const owner of manifests.split('\0').filter(Boolean).map(dirname)) {
    const installed = join(owner, 'node_modules');
    await cp(join(root, installed), join(folder, installed), { recursive: true, verbatimSymlinks: true }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error; // a package without dependencies
      },
    );
  }
  return {
    folder,
    run: (file, args, env = {}) => run(file, args, { cwd: folder, env: { ...userEnvironment(), ...env } }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function run(
  file: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Ended> {
  return new Promise((done) => {
    const chunks: string[] = [];
    const child = execFile(file, args, { ...options, maxBuffer: 64 * 1024 * 1024 }, (error) =>
      done({
        code: error ? (error.code ?? null) : 0,
        output: stripVTControlCharacters(chunks.join('')),
      }),
    );
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => chunks.push(String(chunk)));
  });
}

/** What a user's shell has: their own Node.js first, and nothing of npm's, AWS's or Terraform's. */
function userEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !/^(npm_|AWS_|TF_|STATE_|NO_BUILD$|NODE)/.test(name));
  const path = (process.env.PATH ?? '').split(delimiter).filter((part) => !part.endsWith(join('node_modules', '.bin')));
  return { ...Object.fromEntries(entries), PATH: path.join(delimiter), CHECKPOINT_DISABLE: '1', CI: '1' };
}
