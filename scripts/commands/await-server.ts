import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** What a signal is sent to: the program that was started, as `kill` does, or all that it started, as a terminal does. */
type Target = 'program' | 'group';

export interface RunningServer {
  readonly port: number;
  /** Asks it to end. @throws {Error} some of it is still there after half a minute */
  stop(target?: Target): Promise<void>;
}

export interface ServerOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
}

const STOP_LIMIT_MS = 30_000;

/** Starts a server by a command, and waits until the page answers whose address it prints. */
export async function startServer(
  command: string,
  { cwd, env, timeoutMs = 180_000 }: ServerOptions,
): Promise<RunningServer> {
  const child = spawn('bash', ['-c', command], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const exited = once(child, 'exit');
  const limit = setTimeout(() => signalTo(child, 'group', 'SIGKILL'), timeoutMs);
  let output = '';
  const port = new Promise<number>((found) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        output += data;
        const [, digits] = /(?:http|ws):\/\/127\.0\.0\.1:(\d+)\//.exec(output) ?? [];
        if (digits !== undefined) found(Number(digits));
      });
    }
  });
  const ended = exited.then(() => {
    throw new Error(`it ended before its page answered:\n${output}`);
  });
  ended.catch(() => {}); // it ends some day
  try {
    const answering = await Promise.race([port, ended]);
    const answer = await fetch(`http://127.0.0.1:${answering}/`);
    await answer.arrayBuffer();
    // Without a page folder, what answers is the gateway: 403, as AWS does.
    if (answer.status !== 200 && answer.status !== 403) throw new Error(`its page answers ${answer.status}`);
    return { port: answering, stop: (target = 'group') => stop(child, target) };
  } catch (error) {
    signalTo(child, 'group', 'SIGKILL');
    throw error;
  } finally {
    clearTimeout(limit);
  }
}

async function stop(child: ChildProcess, target: Target): Promise<void> {
  const giveUpAtMs = performance.now() + STOP_LIMIT_MS;
  signalTo(child, target, 'SIGTERM');
  while (signalTo(child, 'group', 0)) {
    if (performance.now() > giveUpAtMs) {
      signalTo(child, 'group', 'SIGKILL');
      throw new Error(`some of it still ran ${STOP_LIMIT_MS / 1000} s after a SIGTERM to the ${target}`);
    }
    await delay(50); // no event tells the end of a process that is not ours
  }
}

/** Returns false if there is nothing left to send it to. */
function signalTo({ pid }: ChildProcess, target: Target, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(target === 'group' ? -pid : pid, signal);
  } catch {
    return false;
  }
}
