/**
 * `npm run lint:workflows`: asks actionlint (syntax, expressions, inputs of actions) and zizmor (security) about
 * `.github/workflows`. Neither is on npm in a current version, so Go's module proxy and PyPI provide them, in exact
 * versions, once. Where Go or Python is missing, one line says so and the linter is skipped; on GitHub it is a failure.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '..');
const workflows = '.github/workflows';
/** The installation may download; a registry that does not answer must not hold up a check for longer. */
const INSTALL_LIMIT_MS = 240_000;

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

/** @returns whether there is nothing to complain about */
async function lint({ name, version, program, install, args }: Linter): Promise<boolean> {
  const folder = join(root, 'node_modules/.cache/workflow-linters', `${name}-${version}`);
  const file = join(folder, program);
  if (!existsSync(file)) {
    await mkdir(folder, { recursive: true });
    const [command, installArgs, env] = install(folder);
    try {
      await promisify(execFile)(command, installArgs, { env: { ...process.env, ...env }, timeout: INSTALL_LIMIT_MS });
    } catch (error) {
      const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
      const why = code === 'ENOENT' ? `${command} is not here` : `${command} could not install it: ${lastLine(stderr)}`;
      console.log(`${name}: skipped, ${why}`);
      return process.env.GITHUB_ACTIONS !== 'true';
    }
  }
  const child = spawn(file, args, { cwd: root, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code === 0) console.log(`${name}: ${workflows} is as it should be`);
  return code === 0;
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

const outcomes: boolean[] = [];
for (const linter of linters) outcomes.push(await lint(linter));
process.exitCode = outcomes.every(Boolean) ? 0 : 1;
