import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Nothing that a child is asked for takes longer, milliseconds; whatever does is hung. */
const CALL_LIMIT_MS = 60_000;

/** The commands that a child answers: each takes one argument and promises one result, both JSON. */
export type Commands = Record<string, (argument: never) => Promise<unknown>>;

type Reply = { readonly result: unknown } | { readonly error: string };

/** A process of this benchmark, asked one thing at a time. It ends with this process, whatever happens. */
export class Child<C extends Commands> {
  readonly #process: ChildProcess;
  readonly #name: string;

  /** @param file a TypeScript file of this folder that calls {@link answerParent} */
  constructor(file: string, args: readonly string[] = [], execArgv: readonly string[] = []) {
    this.#name = [file, ...args].join(' ');
    const quiet = '--disable-warning=ExperimentalWarning';
    this.#process = fork(join(import.meta.dirname, file), [...args], { execArgv: [quiet, ...execArgv] });
  }

  /** @throws {Error} the command failed, the child died, or it did not answer within a minute */
  async call<K extends keyof C & string>(
    command: K,
    ...[argument]: Parameters<C[K]>
  ): Promise<Awaited<ReturnType<C[K]>>> {
    const done = new AbortController();
    const { signal } = done;
    const answer = await Promise.race([
      once(this.#process, 'message', { signal }).then(([reply]) => reply as Reply),
      once(this.#process, 'exit', { signal }).then(([code]): Reply => ({ error: `ended with ${code}` })),
      delay(CALL_LIMIT_MS, { error: 'no answer within a minute' } satisfies Reply, { signal }),
      this.#send({ command, argument }),
    ]).finally(() => done.abort());
    if ('error' in answer) throw new Error(`${this.#name}, ${command}: ${answer.error}`);
    return answer.result as Awaited<ReturnType<C[K]>>;
  }

  /** Rejects when the child is gone already; resolves never. */
  #send(message: { command: string; argument: unknown }): Promise<never> {
    return new Promise((_, reject) => {
      this.#process.send(message, (error) => error && reject(error));
    });
  }

  /** Lets it end by itself (a profile is written then). May be called twice. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    if (this.#process.connected) this.#process.disconnect();
    const impatience = setTimeout(() => this.#process.kill('SIGKILL'), 5000);
    await gone;
    clearTimeout(impatience);
  }
}

/** The child's side: answers each command, and ends the process when the parent is gone. */
export function answerParent<C extends Commands>(commands: C, stop: () => Promise<void> = async () => {}): void {
  process.on('message', ({ command, argument }: { command: string; argument: unknown }) => {
    const run = commands[command] as ((argument: unknown) => Promise<unknown>) | undefined;
    const reply = (message: Reply) => process.send?.(message);
    (run?.(argument) ?? Promise.reject(new Error('no such command'))).then(
      (result) => reply({ result: result ?? null }),
      (error: unknown) => reply({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.on('disconnect', () => {
    stop().finally(() => process.exit());
  });
}
