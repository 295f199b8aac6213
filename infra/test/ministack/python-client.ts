import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { clientPython } from './requirements.ts';

const script = resolve(import.meta.dirname, '../../../packages/client/examples/python/sessions.py');

type Line = Readonly<Record<string, unknown>> & { readonly event: string };

/** The example client in Python as a process, and the events that it prints. */
export class PythonClient {
  readonly #child: ChildProcess;
  readonly #lines: Line[] = [];
  readonly exit: Promise<unknown[]>;
  #stderr = '';

  constructor(args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(clientPython, [script, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.exit = once(this.#child, 'close');
    this.#child.stderr?.on('data', (data) => {
      this.#stderr += data;
    });
    if (!this.#child.stdout) return;
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#lines.push(JSON.parse(line) as Line);
      this.#child.emit('printed');
    });
  }

  /** Takes the first line with that event, and all before it. @throws {Error} the script ended without it */
  async event(name: string): Promise<Line> {
    for (;;) {
      const index = this.#lines.findIndex(({ event }) => event === name);
      const [line] = index < 0 ? [] : this.#lines.splice(0, index + 1).slice(-1);
      if (line) return line;
      const ended = this.exit.then(() => true);
      const isOver = await Promise.race([once(this.#child, 'printed').then(() => false), ended]);
      if (isOver && !this.#lines.some(({ event }) => event === name)) {
        throw new Error(`sessions.py ended without the event ${name}: ${this.#stderr}`);
      }
    }
  }

  /** Lets it send a message, whose reply it prints as the event `done`. */
  send(request: object): void {
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
  }

  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
