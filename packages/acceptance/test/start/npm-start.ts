import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { delimiter } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The user's own programs, without those that `npm test` has put in front. */
const PATH = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);

/** Without npm's own variables: this is no script of the `npm test` that runs. */
export const userEnvironment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|AWS_|NODE_|IAM_|INIT_CWD)/.test(name))),
  PATH,
});

export interface Started {
  readonly child: ChildProcess;
  /** Of `npm start` itself. */
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Once the stack answers. @throws {Error} it ended before, with what it printed */
  readonly ready: Promise<{ page: string; webSocketUrl: string; port: number }>;
  /** The exit code. */
  readonly ended: Promise<number | null>;
}

const groups: number[] = [];

/** Runs a command as a user does, in a process group of its own. */
export function start(cwd: string, command: readonly string[], env = userEnvironment()): Started {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} cannot be started`);
  groups.push(pid);
  const output = { stdout: '', stderr: '' };
  child.stderr.on('data', (data) => {
    output.stderr += data;
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const ready = new Promise<Awaited<Started['ready']>>((resolve, reject) => {
    child.stdout.on('data', (data) => {
      output.stdout += data;
      const page = /^Open +(\S+)/m.exec(output.stdout)?.[1];
      const webSocketUrl = /^WebSocket URL +(\S+)/m.exec(output.stdout)?.[1];
      // The last thing that is printed.
      if (page && webSocketUrl && /^export AWS_SESSION_TOKEN=/m.test(output.stdout)) {
        resolve({ page, webSocketUrl, port: Number(new URL(page).port) });
      }
    });
    void ended.then((code) => reject(new Error(`ended with ${code}: ${output.stdout}${output.stderr}`)));
  });
  ready.catch(() => {}); // for tests that expect an end
  return { child, pid, stdout: () => output.stdout, stderr: () => output.stderr, ready, ended };
}

/** `npm start` with these options, on any free port. */
export const npmStart = (checkout: string, ...options: string[]): Started =>
  start(checkout, ['npm', 'start', '--', '--port', '0', ...options]);

/** Kills what is left of everything that was started. */
export function endAll(): void {
  for (const group of groups.splice(0)) {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // ended by itself
    }
  }
}

/** Waits until nothing listens on the port. */
export async function portFree(port: number): Promise<void> {
  while (await isListening(port)) await sleep(20);
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
