import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Facts } from './facts.ts';

/** `echo`: the smallest stack that answers. `sessions`: ours. `fragile`: a server that its first bad target ends. */
export const targets = ['echo', 'sessions', 'fragile'] as const;
export type TargetName = (typeof targets)[number];

/** How a server is reached. */
export interface ServerAccess {
  readonly url: string;
  readonly port: number;
  readonly facts: Facts;
  /** A message whose answer contains what replaces `ID` in it. */
  readonly probe: string;
}

const STOP_LIMIT_MS = 3000;

/** A server in a process of its own, so that its death is seen and survived. */
export class FuzzedServer {
  readonly access: ServerAccess;
  /** Resolves with how the process ended. */
  readonly ended: Promise<string>;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, access: ServerAccess, ended: Promise<string>) {
    this.#process = child;
    this.access = access;
    this.ended = ended;
  }

  static async start(target: TargetName): Promise<FuzzedServer> {
    // What inputs do is not what the suite needs permissions for.
    const { IAM_USAGE_FOLDER: _, ...env } = process.env;
    const child = fork(join(import.meta.dirname, 'server-process.ts'), [target], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-8000);
    });
    const ended = once(child, 'exit').then(([code, signal]) => `The server ended with ${code ?? signal}:\n${errors}`);
    const access = await Promise.race([
      once(child, 'message').then(([message]) => message as ServerAccess),
      ended.then((how) => {
        throw new Error(how);
      }),
    ]);
    return new FuzzedServer(child, access, ended);
  }

  get hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** May be called twice. */
  async stop(): Promise<void> {
    if (this.hasEnded) return;
    // It ends by itself then, unless it is hung.
    if (this.#process.connected) this.#process.disconnect();
    const impatience = setTimeout(() => this.#process.kill('SIGKILL'), STOP_LIMIT_MS);
    await this.ended;
    clearTimeout(impatience);
  }
}
