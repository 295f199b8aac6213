/**
 * `npm run lint:workflows`: asks actionlint (syntax, expressions, inputs of actions) and zizmor (security) about
 * `.github/workflows`. Neither is on npm in a current version, so Go's module proxy and PyPI provide them, in exact
 * versions, once. Where Go or Python is missing, one line says so and the linter is skipped; with CI=true it is a failure.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { recordSkip } from './tools/skips.ts';

const root = resolve(import.meta.dirname, '..');
const workflows = '.github/workflows';
/** The installation may download; a registry that does not answer must not hold up a check for longer. */
const INSTALL_LIMIT_MS = 240_000;

const remedies: Readonly<Record<string, string>> = {
  go: 'install Go',
  python3: 'install Python with pip',
};

interface Linter {
  readonly name: string;
  readonly version: string;
  /** Below the folder that it is installed into. */
  readonly program: string;
  install(folder: string): readonly [command: string, args: readonly string[], env: Readonly<Record<string, string>>];
  /** What it is asked. */
  readonly args: readonly string[];
}

const linters: readonly Linter[] = [
  {
    name: 'actionlint',
    version: '1.7.12',
    program: 'actionlint',
    install: (folder) => ['go', ['install', 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12'], { GOBIN: folder }],
    // The same everywhere, whether these two are there or not. It finds the workflows by itself.
    args: ['-shellcheck=', '-pyflakes='],
  },
  {
    name: 'zizmor',
    version: '1.32.0',
    program: 'bin/zizmor',
    install: (folder) => [
      'python3',
      ['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary=:all:', '--target', folder, 'zizmor==1.32.0'],
      { PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_ROOT_USER_ACTION: 'ignore' },
    ],
    args: ['--offline', '--no-progress', '--quiet', workflows],
  },
];

/** Returns whether there is nothing to complain about. */
async function lint(linter: Linter): Promise<boolean> {
  const { name, version, program, args } = linter;
  const folder = join(root, 'node_modules/.cache/workflow-linters', `${name}-${version}`);
  const file = join(folder, program);
  if (!(await isVersion(file, version))) {
    const reason = await install(linter, folder, file);
    if (reason !== undefined) {
      const [command] = linter.install(folder);
      recordSkip({
        what: `${name} of ${workflows}`,
        tool: `${name} ${version}`,
        remedy: remedies[command] ?? command,
        found: reason,
      });
      return process.env.CI !== 'true';
    }
  }
  const child = spawn(file, args, { cwd: root, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code === 0) console.log(`${name}: ${workflows} is as it should be`);
  return code === 0;
}

/** Installs the linter. @returns why it is not there in this version afterwards; undefined: it is */
async function install(linter: Linter, folder: string, file: string): Promise<string | undefined> {
  const [command, args, env] = linter.install(folder);
  // What is there is another version, or an installation that was cut off.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  try {
    await promisify(execFile)(command, args, { env: { ...process.env, ...env }, timeout: INSTALL_LIMIT_MS });
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    return code === 'ENOENT' ? `no ${command}` : `${command} could not install it: ${lastLine(stderr)}`;
  }
  return (await isVersion(file, linter.version)) ? undefined : `${command} installed another version`;
}

/** Says whether the program is there, runs, and is of exactly this version. */
async function isVersion(file: string, version: string): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)(file, ['--version']);
    return new RegExp(`(^|[ v])${version.replaceAll('.', '\\.')}$`, 'm').test(stdout);
  } catch {
    return false;
  }
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

const outcomes: boolean[] = [];
for (const linter of linters) outcomes.push(await lint(linter));
process.exitCode = outcomes.every(Boolean) ? 0 : 1;
