import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { System } from '@sessions/acceptance';
import { awsEnvironment, type LocalStackOptions } from '@sessions/local';
import { allowedByPolicy } from './operator-policy.ts';

const root = resolve(import.meta.dirname, '../../..');
const stackFile = join(root, 'infra/cdktf.out/stacks/sessions-dev/cdk.tf.json');

/** Each command is a process of its own, and a busy machine starts several a second, or one in several seconds. */
export const LIMIT_MS = 120_000;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly system: System;
  /** What `npm start -- --env-file` writes. */
  readonly envFile: string;
  /** Runs a command against the stack. */
  run(command: CommandName, ...args: string[]): Promise<Ended>;
  /** The same with `--json`. @throws an error that shows any failure */
  ask(command: CommandName, ...args: string[]): Promise<never>;
  /** Lets the test itself do what no operator may. */
  allow(action: string): void;
  stop(): Promise<void>;
}

export type CommandName = 'session' | 'speaker' | 'failures';

/**
 * Starts the real stack on this machine. An operator may do there what packages/operator/policy.json allows, and nothing
 * else: a call beyond it fails as on AWS.
 */
export async function setUp(
  options: Partial<LocalStackOptions> & { changeStack?: (stack: StackDocument) => void } = {},
): Promise<Surroundings> {
  const { changeStack, ...given } = options;
  const folder = await mkdtemp(join(tmpdir(), 'sessions-operator-'));
  const system = new System();
  const allowed = await allowedByPolicy('dev');
  const beyond = new Set<string>();
  await system.start({
    stackFile: changeStack === undefined ? stackFile : await changed(changeStack, folder),
    authorize: (caller, { action, resources }) => {
      if (caller.functionName !== undefined || beyond.has(action)) return undefined;
      const denied = resources.find((resource) => !allowed(action, resource));
      return denied && `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${denied}`;
    },
    ...given,
  });
  const envFile = join(folder, 'aws.env');
  const variables = Object.entries(awsEnvironment(system.stack));
  await writeFile(envFile, variables.map(([name, value]) => `${name}=${value}\n`).join(''));
  const run: Surroundings['run'] = (command, ...args) =>
    runCommand(command, [...args, '--env', 'dev', '--env-file', envFile]);
  return {
    system,
    envFile,
    run,
    async ask(command, ...args) {
      const { code, stdout, stderr } = await run(command, ...args, '--json');
      if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${stderr}`);
      return JSON.parse(stdout) as never;
    },
    allow: (action) => beyond.add(action),
    async stop() {
      await system.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type StackDocument = { resource: Record<string, Record<string, Record<string, unknown>>> };

/** Writes the synthesized stack with a change. Its bundles stay where they are. */
async function changed(change: (stack: StackDocument) => void, folder: string): Promise<string> {
  const document = (await readFile(stackFile, 'utf8')).replaceAll('"assets/', `"${dirname(stackFile)}/assets/`);
  const stack = JSON.parse(document) as StackDocument;
  change(stack);
  const file = join(folder, 'cdk.tf.json');
  await writeFile(file, JSON.stringify(stack));
  return file;
}

const children = new Set<ChildProcess>();

/** Runs a command as its npm script does, with nothing of AWS but what is given. */
export async function runCommand(
  command: CommandName,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const file = /&& node -- (\S+\.ts)$/.exec(scripts[command])?.[1] ?? '';
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  const child = spawn(process.execPath, ['--', file, ...args], {
    cwd: root,
    // No settings of the machine's user, and no other way to credentials.
    env: { ...Object.fromEntries(own), HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  const [[code], stdout, stderr] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  children.delete(child);
  return { code, stdout, stderr };
}

/** For an `afterEach`: what a test that failed has left. */
export function endCommands(): void {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
}
