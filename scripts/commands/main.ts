/**
 * `npm run check:commands [-- <part of a command>…]`: runs the commands of the documents that can run here
 * (`rules.ts` says which), as a reader would: in a fresh clone, with the machine's own Node.js.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type RunningServer, startServer } from './await-server.ts';
import { cloneCheckout, userEnvironment } from './clone.ts';
import { type DocumentedCommand, documentedCommands } from './extract.ts';
import { type CommandKind, type CommandRule, ruleFor } from './rules.ts';

const root = resolve(import.meta.dirname, '../..');
/** What hangs is ended before CI ends the whole part, and is named. */
const COMMAND_LIMIT_MS = 180_000;
const ENDLESS_SECONDS = 3;

const env = userEnvironment();
const folder = mkdtempSync(join(tmpdir(), 'sessions-commands-'));
const checkout = join(folder, 'checkout');

/** @returns why it failed, if it did */
function runOnce(command: string, rule: CommandRule): string | undefined {
  // A refusal of the server is a failure, which curl says by itself only when it is asked to.
  const curl = `curl() { command curl --fail-with-body ${rule.endless ? `--max-time ${ENDLESS_SECONDS}` : ''} "$@"; }`;
  const { status, stdout, stderr, error } = spawnSync('bash', ['-c', `set -euo pipefail; ${curl}\n${command}`], {
    cwd: checkout,
    env,
    encoding: 'utf8',
    timeout: COMMAND_LIMIT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  const succeeded = rule.endless ? status === 28 && stdout !== '' : status === 0;
  return succeeded ? undefined : `${error?.message ?? `exit status ${status}`}\n${stdout}${stderr}`;
}

async function runServer(command: string): Promise<string | undefined> {
  try {
    const server = await startServer(command, { cwd: checkout, env, timeoutMs: COMMAND_LIMIT_MS });
    await server.stop();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

async function main(wanted: readonly string[]): Promise<boolean> {
  const isWanted = ({ text }: DocumentedCommand) => wanted.length === 0 || wanted.some((part) => text.includes(part));
  // Each once, where it is written first.
  const commands = [...Map.groupBy(documentedCommands(root).filter(isWanted), ({ text }) => text).values()].flatMap(
    ([first]) => (first === undefined ? [] : [{ ...first, rule: ruleFor(first) }]),
  );
  const of = (kind: CommandKind) => commands.filter(({ rule }) => rule?.kind === kind);
  const failures: string[] = commands
    .filter(({ rule }) => rule === undefined)
    .map(({ document, line, text }) => `${document}:${line}: no rule in scripts/commands/rules.ts for: ${text}`);

  cloneCheckout(root, checkout);
  console.log(`commands: in a clone, under Node.js ${execFileSync('node', ['--version'], { env }).toString().trim()}`);
  execFileSync('bash', ['-c', 'npm run -s bootstrap && npm run -s synth'], { cwd: checkout, env, stdio: 'ignore' });

  const attempt = async (command: (typeof commands)[number], run: (text: string, rule: CommandRule) => unknown) => {
    const { document, line, text, rule } = command;
    if (rule === undefined) return;
    const startedAtMs = performance.now();
    const failure = await run(rule.instead ? text.replace(...rule.instead) : text, rule);
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0);
    console.log(`commands: ${failure === undefined ? 'ran' : 'FAILED'} in ${seconds} s: ${text} (${document}:${line})`);
    if (failure !== undefined) failures.push(`${document}:${line}: ${text}\n${failure}`);
  };
  for (const command of of('run')) await attempt(command, runOnce);
  for (const command of of('server')) await attempt(command, runServer);
  if (of('stack').length > 0) {
    const stack: RunningServer = await startServer('npm start -- --port 0', { cwd: checkout, env });
    // Some work on an open connection.
    const listener = new WebSocket(`ws://127.0.0.1:${stack.port}/dev`, 'session.v1');
    await once(listener, 'open');
    for (const command of of('stack')) {
      await attempt(command, (text, rule) => runOnce(text.replaceAll(':4510/', `:${stack.port}/`), rule));
    }
    listener.close();
    await stack.stop();
  }
  const counts = Object.entries(Object.groupBy(commands, ({ rule }) => rule?.kind ?? 'without a rule'));
  console.log(`commands: ${counts.map(([kind, each = []]) => `${each.length} ${kind}`).join(', ')}`);
  if (failures.length > 0) console.error(`\n${failures.join('\n\n')}`);
  return failures.length === 0;
}

try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
