/**
 * A venue: `npm run bench -- venue [--phones 2000] [--within 60]`. Phones with the SDK, all behind one address, with a
 * link, on the local stack. They arrive within so many seconds (0: all at once), first with every limit off, then with the limits of a deployment; then the Wi-Fi
 * reboots, and all are cut at once. Beside them, a guesser at the same address tries session IDs. Handshakes, failures
 * and guesses are counts; of the times, the ratios matter.
 */

import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { connectSpeaker, joinAsListener, type Listener } from '../../packages/client/src/index.ts';
import { type LocalStack, startLocalStack } from '../../packages/local/src/index.ts';
import { formatTable } from './table.ts';

const stackFile = resolve(import.meta.dirname, '../../infra/cdktf.out/stacks/sessions-dev/cdk.tf.json');
const LANGUAGES = ['es', 'fr', 'de', 'pt', 'it'];
const LIMITS_OFF = {
  rate_limit_connection_attempts_per_min: '100000',
  rate_limit_wrong_ids_per_min: '100000',
  stage_throttle_rate_limit: '10000',
  stage_throttle_burst_limit: '5000',
};

interface Phase {
  readonly name: string;
  readonly seconds: number;
  readonly handshakes: number;
  readonly refused: number;
  readonly failures: number;
}

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { phones: { type: 'string', default: '2000' }, within: { type: 'string', default: '60' } },
  });
  const phones = Number(values.phones);
  const within = Number(values.within);
  const off = await withVenue(phones, LIMITS_OFF, async (venue) => [await venue.arrive('arrive, limits off', within)]);
  const on = await withVenue(phones, {}, async (venue) => {
    const guesser = venue.guess();
    const arrival = await venue.arrive('arrive', within);
    const back = await venue.cutAll('cut at once');
    return { phases: [arrival, back], guesses: await guesser };
  });
  const [reference] = off;
  const phases = [...off, ...on.phases];
  const rows = phases.map(({ name, seconds, handshakes, refused, failures }) => [
    name,
    seconds.toFixed(1),
    `${(seconds / (reference?.seconds ?? 1)).toFixed(2)}x`,
    (handshakes / phones).toFixed(2),
    String(refused),
    String(failures),
  ]);
  console.log(
    `${phones} phones behind one address.\n\n${formatTable([['', 'seconds', '', 'handshakes a phone', 'refused', 'failures shown'], ...rows])}\n\n` +
      `The guesser at the same address: ${JSON.stringify(on.guesses)}.`,
  );
  const isGood = on.phases.every(
    ({ seconds, handshakes, failures }) =>
      failures === 0 && handshakes <= 1.2 * phones && seconds <= 2 * (reference?.seconds ?? 0),
  );
  console.log(isGood ? 'All aims are met.' : 'An aim is missed: twice the time, 1.2 handshakes a phone, no failure.');
}

class Venue {
  readonly #stack: LocalStack;
  readonly #phones: number;
  readonly #sessionId: string;
  readonly #joinKey: string;
  readonly #counts: { handshakes: number; refused: number };
  readonly #connectionIds: Set<string>;
  #listeners: Listener[] = [];

  constructor(
    stack: LocalStack,
    phones: number,
    session: { sessionId: string; joinKey: string },
    counts: { handshakes: number; refused: number },
    connectionIds: Set<string>,
  ) {
    this.#stack = stack;
    this.#phones = phones;
    this.#sessionId = session.sessionId;
    this.#joinKey = session.joinKey;
    this.#counts = counts;
    this.#connectionIds = connectionIds;
  }

  /** @param within seconds over which they come */
  async arrive(name: string, within: number): Promise<Phase> {
    return this.#measure(name, async () => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: this.#phones }, async (_, index) => {
          await delay((index / this.#phones) * within * 1000);
          return joinAsListener({
            url: this.#stack.webSocketUrl,
            sessionId: this.#sessionId,
            joinKey: this.#joinKey,
            targetLanguage: LANGUAGES[index % LANGUAGES.length] ?? 'es',
          });
        }),
      );
      this.#listeners = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
      return outcomes.length - this.#listeners.length;
    });
  }

  /** Every phone loses its connection at the same moment; it is over when all are back. */
  async cutAll(name: string): Promise<Phase> {
    let failures = 0;
    const back = this.#listeners.map(
      (listener) =>
        new Promise<void>((resolve) => {
          let isAway = false;
          listener.on('statechange', ({ to }) => {
            if (to === 'ended' || to === 'failed') {
              failures++;
              resolve();
            } else if (to === 'live' && isAway) resolve();
            else if (to !== 'live') isAway = true;
          });
        }),
    );
    return this.#measure(name, async () => {
      for (const connectionId of [...this.#connectionIds]) this.#stack.gateway.cut(connectionId);
      await Promise.all(back);
      return failures;
    });
  }

  /** Somebody at the same address who tries one ID after the other, on connection after connection. */
  async guess(): Promise<Record<string, number>> {
    const answers: Record<string, number> = {};
    for (let number = 0; number < 100; number++) {
      const answer = await guessOnce(this.#stack.webSocketUrl, `quiet-unicorn-${100 + number}`);
      answers[answer] = (answers[answer] ?? 0) + 1;
    }
    return answers;
  }

  async #measure(name: string, work: () => Promise<number>): Promise<Phase> {
    const before = { ...this.#counts };
    const startMs = performance.now();
    const failures = await work();
    return {
      name,
      seconds: (performance.now() - startMs) / 1000,
      handshakes: this.#counts.handshakes - before.handshakes,
      refused: this.#counts.refused - before.refused,
      failures,
    };
  }
}

async function withVenue<T>(
  phones: number,
  variables: Readonly<Record<string, string>>,
  work: (venue: Venue) => Promise<T>,
): Promise<T> {
  const counts = { handshakes: 0, refused: 0 };
  const connectionIds = new Set<string>();
  const stack = await startLocalStack({
    stackFile,
    // Speaker, guesser and phones.
    variables: { max_listeners_per_session: String(phones), ...variables },
    gateway: {
      onConnection: ({ connectionId }) => {
        counts.handshakes++;
        connectionIds.add(connectionId);
      },
      onRefusal: () => {
        counts.handshakes++;
        counts.refused++;
      },
      onDisconnect: ({ connectionId }) => connectionIds.delete(connectionId),
    },
  });
  try {
    const getToken = () => stack.tokens.issueToken({ username: 'speaker' });
    const speaker = await connectSpeaker({ url: stack.webSocketUrl, getToken, sourceLanguage: 'en' });
    connectionIds.clear();
    const { sessionId, joinKey } = speaker;
    return await work(new Venue(stack, phones, { sessionId, joinKey: String(joinKey) }, counts, connectionIds));
  } finally {
    await stack.stop();
  }
}

function guessOnce(url: string, sessionId: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, ['session.v1']);
    socket.onopen = () => socket.send(JSON.stringify({ action: 'joinSession', sessionId, targetLanguage: 'es' }));
    socket.onerror = () => resolve('handshake refused');
    socket.onmessage = ({ data }) => {
      const { code = 'joined' } = JSON.parse(String(data)) as { code?: string };
      socket.close();
      resolve(code);
    };
  });
}
