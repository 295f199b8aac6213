/**
 * The end of sessions on the local stack: `npm run bench -- end [--listeners 10000] [--sessions 1]`. Real functions behind
 * real sockets: every listener must hear of the end once, and no invocation may take longer than 10 s. With many
 * sessions, all end at once, each with `--listeners` of its own. Times depend on the machine; the rest are counts.
 */

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startLocalStack } from '../../packages/local/src/index.ts';
import { LightSocket, textFrame } from './gateway/light-socket.ts';
import { percentile } from './statistics.ts';
import { formatTable } from './table.ts';

const stackFile = resolve(import.meta.dirname, '../../infra/cdktf.out/stacks/sessions-dev/cdk.tf.json');
/** Joins that are in flight at once. */
const IN_FLIGHT = 50;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      listeners: { type: 'string', default: '10000' },
      sessions: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const [perSession, sessionCount] = [Number(values.listeners), Number(values.sessions)];
  const invocations: { readonly name: string; readonly ms: number; readonly failed: boolean }[] = [];
  let completed = 0;
  const stack = await startLocalStack({
    stackFile,
    variables: {
      max_listeners_per_session: String(Math.max(2, perSession)),
      rate_limit_connection_attempts_per_min: '1000000',
      rate_limit_sessions_per_hour: '100000',
      heartbeat_timeout_seconds: '3600',
    },
    schedules: 'manual',
    onInvocation: ({ functionName, outcome }) => {
      const name = functionName.replace('sessions-dev-', '');
      const ms = outcome.kind === 'returned' ? outcome.run.durationMs : 0;
      invocations.push({ name, ms, failed: outcome.kind !== 'returned' });
    },
    onEvent: ({ event }) => {
      if ((event as { 'detail-type'?: string })['detail-type'] === 'SessionEnded') completed++;
    },
  });
  try {
    const token = await stack.tokens.issueToken({ username: 'speaker' });
    let told = 0;
    let twice = 0;
    const sessions: { readonly speaker: Client; readonly sessionId: string }[] = [];
    await forEach(sessionCount, async () => {
      const speaker = await Client.open(stack.webSocketUrl, token);
      const { sessionId, joinKey } = await speaker.ask({ action: 'createSession', sourceLanguage: 'en' });
      sessions.push({ speaker, sessionId: String(sessionId) });
      await forEach(perSession, async () => {
        const listener = await Client.open(stack.webSocketUrl);
        await listener.ask({ action: 'joinSession', sessionId, joinKey, targetLanguage: 'es' });
        let ends = 0;
        listener.onMessage = ({ type }) => {
          if (type !== 'sessionEnded') return;
          if (ends++ === 0) told++;
          else twice++;
        };
      });
    });
    invocations.length = 0;
    const listeners = perSession * sessionCount;
    const startMs = performance.now();
    const replyMs: number[] = [];
    await Promise.all(
      sessions.map(async ({ speaker }) => {
        const askedMs = performance.now();
        await speaker.ask({ action: 'endSession' });
        replyMs.push(performance.now() - askedMs);
      }),
    );
    const allTold = await until(() => told === listeners, startMs);
    const allCompleted = await until(() => completed === sessionCount, startMs);
    const rows = ['disconnect', 'notifier', 'deliverer'].map((name) => {
      const own = invocations.filter((invocation) => invocation.name === name);
      const times = own.map(({ ms }) => ms);
      return [
        name,
        String(own.length),
        String(own.filter(({ failed }) => failed).length),
        ...(times.length > 0 ? [percentile(times, 50), percentile(times, 100)] : [0, 0]).map((ms) => ms.toFixed(0)),
      ];
    });
    console.log(
      `${sessionCount} session(s) of ${perSession} listeners: ${told} of ${listeners} notified once, ${twice} twice; ` +
        `${completed} ends complete.\n` +
        `Replies after ${percentile(replyMs, 50).toFixed(0)} ms (p50), ${percentile(replyMs, 100).toFixed(0)} ms (last); ` +
        `all notified after ${allTold.toFixed(0)} ms, all complete after ${allCompleted.toFixed(0)} ms.\n\n` +
        formatTable([['', 'invocations', 'failed', 'p50 ms', 'longest ms'], ...rows]),
    );
    if (told !== listeners || twice > 0 || completed !== sessionCount) process.exitCode = 1;
  } finally {
    await stack.stop();
  }
}

/** A connection of which only replies and notifications matter. */
class Client {
  onMessage: (message: Readonly<Record<string, unknown>>) => void = () => {};
  readonly #socket: LightSocket;
  #reply: ((message: Readonly<Record<string, unknown>>) => void) | undefined;

  private constructor(socket: LightSocket) {
    this.#socket = socket;
    socket.onText = (payload) => {
      const message = JSON.parse(payload.toString()) as Readonly<Record<string, unknown>>;
      if (message.requestId === 'r') this.#reply?.(message);
      else this.onMessage(message);
    };
  }

  static async open(url: string, token?: string): Promise<Client> {
    return new Client(await LightSocket.open(url, ['session.v1', ...(token === undefined ? [] : [`bearer.${token}`])]));
  }

  async ask(message: object): Promise<Readonly<Record<string, unknown>>> {
    const { promise, resolve } = Promise.withResolvers<Readonly<Record<string, unknown>>>();
    this.#reply = resolve;
    this.#socket.send(textFrame(JSON.stringify({ ...message, requestId: 'r' })));
    const reply = await promise;
    if (reply.type === 'error') throw new Error(`Refused: ${JSON.stringify(reply)}`);
    return reply;
  }
}

async function forEach(count: number, work: (number: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, count) }, lane));
}

const GIVE_UP_MS = 120_000;

/** @returns milliseconds since `startMs` when it was so, or at which it was given up */
async function until(isSo: () => boolean, startMs: number): Promise<number> {
  while (!isSo() && performance.now() - startMs < GIVE_UP_MS) await new Promise((resolve) => setTimeout(resolve, 20));
  return performance.now() - startMs;
}
