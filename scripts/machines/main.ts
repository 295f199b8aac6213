/**
 * `npm run check:machines [-- --node 20,24] [--tests all|some]`: a fresh clone, in an empty home, under each Node.js that is
 * promised, as another user than root, with another moto on the PATH. There `npm start` must answer, end with a
 * SIGTERM, and answer a second time without a network; `npm test` must pass (`some`: a part of it, which CI has time for).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { recordSkip } from '../tools/skips.ts';
import { type Machine, makeMachine } from './machine.ts';

const root = resolve(import.meta.dirname, '../..');
/** Tests of each kind: in memory, the stack, the whole system; and one that a foreign moto must not run. */
const SOME = [
  'packages/core/test/sessions/*.test.ts',
  'infra/test/stack.test.ts',
  'infra/test/deploy/deploy.test.ts',
  'packages/acceptance/test/broadcast.test.ts',
];

/** Runs a command on a machine. @returns its output, if it succeeded @throws {Error} with its output */
async function run({ checkout, env }: Machine, [program = '', ...args]: readonly string[]): Promise<string> {
  const child = spawn(program, args, { cwd: checkout, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => printed.push(data));
  const [code] = await once(child, 'close');
  const output = Buffer.concat(printed).toString();
  if (code !== 0) throw new Error(`exit status ${code}\n${output}`);
  return output;
}

/** Put before a command of the user: there is no network then, but for 127.0.0.1. Empty: this machine does not allow it. */
async function withoutNetwork(machine: Machine): Promise<readonly string[]> {
  const loopback = ['unshare', '-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
  const self = ['setpriv', `--reuid=${process.getuid?.()}`, `--regid=${process.getgid?.()}`, '--clear-groups', '--'];
  const ways =
    process.getuid?.() === 0
      ? [[...loopback, ...machine.asUser]]
      : [['sudo', '-n', '--preserve-env', ...loopback, ...self, 'env', `PATH=${machine.env.PATH}`]];
  for (const way of ways) {
    const works = await run(machine, [...way, 'true']).then(
      () => true,
      () => false,
    );
    if (works) return way;
  }
  return [];
}

/** @returns whether all went well */
async function check(machine: Machine, tests: 'all' | 'some'): Promise<boolean> {
  const visit = [machine.runner, join(machine.checkout, 'scripts/machines/visit.ts')];
  const offline = await withoutNetwork(machine);
  if (offline.length === 0) {
    recordSkip({ what: 'a second start without a network', tool: 'unshare -n', remedy: 'run as root, or with sudo' });
  }
  const steps: [string, readonly string[]][] = [
    ['the first npm start', [...machine.asUser, ...visit]],
    ...(offline.length > 0 ? [['npm start without a network', [...offline, ...visit]] as [string, string[]]] : []),
    ['npm test', [...machine.asUser, 'npm', 'test', ...(tests === 'some' ? ['--', ...SOME] : [])]],
  ];
  let allWell = true;
  for (const [what, command] of steps) {
    const startedAtMs = performance.now();
    let outcome: string;
    try {
      const output = await run(machine, command);
      outcome = `works: ${output.trim().split('\n').at(-1)}`;
      // The clone has no .venv, so nothing may have been deployed to the moto that this machine happens to have.
      if (what === 'npm test' && !/^skipped: .*\(moto /m.test(output))
        throw new Error(`used a foreign moto:\n${output}`);
    } catch (error) {
      allWell = false;
      outcome = `FAILED: ${error instanceof Error ? error.message : error}`;
    }
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0);
    console.log(`${machine.name}: ${what} (${seconds} s) ${outcome}`);
  }
  return allWell;
}

const { values } = parseArgs({
  options: { node: { type: 'string', default: '20,24' }, tests: { type: 'string', default: 'all' } },
});
if (values.tests !== 'all' && values.tests !== 'some') throw new Error(`--tests is all or some, not ${values.tests}`);
const folder = mkdtempSync(join(tmpdir(), 'sessions-machines-'));
try {
  const outcomes: boolean[] = [];
  for (const major of values.node.split(',').map(Number)) {
    outcomes.push(await check(makeMachine(root, folder, major), values.tests));
  }
  process.exitCode = outcomes.every(Boolean) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
