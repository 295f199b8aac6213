import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** AWS as moto, https://docs.getmoto.org, imitates it: a server of this test alone. */
export interface Moto {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts moto on a free port. @throws {Error} with what it printed, if it ends instead */
export async function startMoto(python: string, accountId: string): Promise<Moto> {
  const child = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'], {
    env: {
      PATH: process.env.PATH,
      MOTO_ACCOUNT_ID: accountId,
      MOTO_IAM_LOAD_MANAGED_POLICIES: 'true', // AWS's own policies exist
      PYTHONUNBUFFERED: '1',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const url = await Promise.race([listening(child), ended(child)]);
  return {
    url,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill();
      await once(child, 'exit');
    },
  };
}

async function listening({ stderr }: ChildProcess): Promise<string> {
  const printed: string[] = [];
  if (stderr) {
    for await (const line of createInterface(stderr)) {
      printed.push(line);
      const url = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (url) {
        stderr.resume(); // the log of its requests: read, or it would stand still
        return url;
      }
    }
  }
  throw new Error(`moto did not start:\n${printed.join('\n')}`);
}

async function ended(child: ChildProcess): Promise<never> {
  const [error] = await once(child, 'error');
  throw error;
}
