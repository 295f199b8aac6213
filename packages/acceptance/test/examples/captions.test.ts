import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { awsEnvironment } from '@sessions/local';
import { expect } from 'chai';
import { leaveOutWhenFast, needTools } from '../../../../scripts/tools/need-tools.ts';
import { moto } from '../../../../scripts/tools/python.ts';
import { STACK_FILE, System } from '../../src/system.ts';

const root = resolve(import.meta.dirname, '../../../..');

/** A program that captions sessions, as a process, and what it prints. */
class Program {
  readonly #child: ChildProcess;
  readonly #told = new EventEmitter();
  readonly #lines: string[] = [];
  readonly ended: Promise<unknown[]>;

  constructor([file = '', ...args]: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(file, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.ended = once(this.#child, 'close');
    this.#child.stdout?.setEncoding('utf8').on('data', (printed: string) => {
      this.#lines.push(...printed.trimEnd().split('\n'));
      this.#told.emit('change');
    });
    void this.ended.then(() => this.#told.emit('change'));
  }

  /** Waits for a line that it prints. @throws {Error} it has ended before */
  async line(matching: RegExp): Promise<string> {
    for (;;) {
      const found = this.#lines.find((candidate) => matching.test(candidate));
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null) throw new Error(`it has ended: ${this.#lines.join('\n')}`);
      await once(this.#told, 'change');
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** Where the stack posts its events before the program is there; until then they are refused, and sent again. */
async function startRelay(): Promise<{ url: string; target?: string; server: Server }> {
  const relay: { url: string; target?: string; server: Server } = {
    url: '',
    server: createServer(async (request, response) => {
      const body = await text(request);
      const { status } = relay.target ? await fetch(relay.target, { method: 'POST', body }) : { status: 503 };
      response.writeHead(status).end();
    }),
  };
  relay.server.listen(0, '127.0.0.1');
  await once(relay.server, 'listening');
  relay.url = `http://127.0.0.1:${(relay.server.address() as AddressInfo).port}`;
  return relay;
}

function captions(what: string, commandOf: (context: Mocha.Context) => Promise<readonly string[]>): void {
  describe(`The example of a pipeline in ${what}`, () => {
    let relay: Awaited<ReturnType<typeof startRelay>>;
    let program: Program;
    let system: System;

    before(async function () {
      const command = await commandOf(this);
      relay = await startRelay();
      system = new System();
      await system.start({ stackFile: STACK_FILE, eventsUrl: relay.url });
      const { HTTP_API_URL, SESSIONS_ENV, ...env } = process.env;
      program = new Program(command, { ...env, ...awsEnvironment(system.stack), PORT: '0', CAPTION_EVERY_MS: '50' });
      relay.target = /http:\S+/.exec(await program.line(/^Waiting for events on/))?.[0] ?? '';
    });
    after(async () => {
      program?.kill('SIGKILL');
      await system?.stop();
      relay?.server.closeAllConnections();
      relay?.server.close();
    });

    it('captions each language that is listened to, in order, until the session ends', async () => {
      const { sessionId, speaker } = await system.broadcast('deborah');
      const spanish = await system.joined(sessionId, 'es');
      const french = await system.joined(sessionId, 'fr');

      for (const [listener, language] of [[spanish, 'es'] as const, [french, 'fr'] as const]) {
        const first = await listener.next('message');
        const second = await listener.next('message');
        expect(first).to.include({ channel: language, name: 'caption' });
        expect(second.offset).to.equal(first.offset + 1);
        for (const { data } of [first, second]) expect(data).to.have.property('text').that.match(sentenceIn(language));
      }
      await program.line(new RegExp(`^${sessionId} es \\d+: delivered 1, gone 0, failed 0$`));

      await speaker.ask('sessionEnded', { action: 'endSession' });
      await program.line(new RegExp(`^${sessionId}: the captions have ended$`));
    });

    it('ends when it is told to', async () => {
      program.kill('SIGTERM');

      expect(await program.ended).to.deep.equal([0, null]);
    });
  });
}

const sentenceIn = (language: string): RegExp => new RegExp(`^\\[${language}\\] [A-Z].*\\.$`);

captions('Node.js', async (context) => {
  leaveOutWhenFast(context, 'the example of a pipeline');
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  return [process.execPath, ...scripts['example:captions'].split(' ').slice(1)];
});

const SCRIPT = join(root, 'examples/captions-python/captions.py');

captions('Python', async (context) => {
  // moto brings boto3 along.
  const [{ python }] = await needTools(context, 'the example of a pipeline in Python', moto);
  return [python, SCRIPT];
});

describe('The example of a pipeline in Python, without boto3', () => {
  it('says in one line what is missing', async function () {
    const [{ python }] = await needTools(this, 'the example of a pipeline in Python', moto);

    // -S: none of the packages that were installed.
    const { status, stdout, stderr } = spawnSync(python, ['-I', '-S', SCRIPT], { encoding: 'utf8' });

    expect([status, stdout, stderr]).to.deep.equal([1, '', "No module named 'boto3': pip install boto3\n"]);
  });
});
