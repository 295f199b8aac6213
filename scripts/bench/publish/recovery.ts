/**
 * What listeners with the SDK miss when their lines are cut again and again, and how soon they have it: the profile of
 * AnyCable's benchmark of delivery guarantees (a cut of 2 s every 15 s), with the service's own sessions.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createPublisher } from '../../../packages/backend/src/index.ts';
import { Child } from '../gateway/child.ts';
import type { AudienceCommands } from './audience-process.ts';
import type { ClientsCommands } from './clients-process.ts';
import type { StackCommands } from './stack-process.ts';

const CUT_EVERY_MS = 15_000;
const CUT_FOR_MS = 2000;
/** After the last message, for those who are away. */
const GIVE_UP_MS = 60_000;
const LOOK_MS = 200;
/** Clients that join in one command, so that none takes a minute. */
const JOINS = 100;

export interface RecoveryRequest {
  readonly clients: number;
  readonly messagesPerSecond: number;
  readonly seconds: number;
}

export interface RecoveryResult extends Awaited<ReturnType<ClientsCommands['report']>> {
  readonly request: RecoveryRequest;
  readonly published: number;
  /** Messages whose publisher has given up. */
  readonly unanswered: number;
  /** Of all messages to all clients, 0 to 1. */
  readonly delivered: number;
}

export async function measureRecovery(request: RecoveryRequest): Promise<RecoveryResult> {
  const { clients: count, messagesPerSecond, seconds } = request;
  const stack = new Child<StackCommands>('../publish/stack-process.ts');
  const speaker = new Child<AudienceCommands>('../publish/audience-process.ts');
  const clients = new Child<ClientsCommands>('../publish/clients-process.ts');
  try {
    const {
      webSocketUrl: url,
      speakerToken: token,
      httpApiUrl,
      region,
      credentials,
    } = await stack.call('start', {
      listeners: count,
      // Replays post one message after the other, and wait: they take instances rather than the machine's cores.
      isAsParallelAsAws: true,
      variables: { speaker_grace_seconds: '600' },
    });
    const session = await speaker.call('createSession', { url, token });
    for (let joined = 0; joined < count; joined += JOINS) {
      await clients.call('join', { url, ...session, count: Math.min(JOINS, count - joined) });
    }
    // More patient than a busy machine is slow.
    const patience = { budgetMs: 120_000, attemptTimeoutMs: 50_000 };
    const publisher = createPublisher({ httpApiUrl, region, credentials, ...patience });
    const publish = (n: number) =>
      publisher.publish({
        sessionId: session.sessionId,
        to: n % 10 === 9 ? 'all' : 'es',
        name: 'caption',
        data: { n },
      });

    await clients.call('startCuts', { everyMs: CUT_EVERY_MS, forMs: CUT_FOR_MS });
    const publishing: Promise<unknown>[] = [];
    let unanswered = 0;
    const startedAtMs = performance.now();
    const published = messagesPerSecond * seconds;
    for (let n = 0; n < published; n++) {
      const dueMs = startedAtMs + (n * 1000) / messagesPerSecond - performance.now();
      if (dueMs > 0) await delay(dueMs);
      // On a machine that is too slow, some get no receipt; whether the message is in the log shows at the clients.
      publishing.push(publish(n).catch(() => unanswered++));
    }
    await Promise.all(publishing);
    await clients.call('stopCuts');
    const until = performance.now() + GIVE_UP_MS;
    let received = await clients.call('received');
    while (received.least < published && performance.now() < until) {
      await delay(LOOK_MS);
      received = await clients.call('received');
    }
    const report = await clients.call('report');
    await clients.call('leave');
    return { request, published, unanswered, delivered: received.all / (published * count), ...report };
  } finally {
    await Promise.all([clients, speaker, stack].map((child) => child.stop()));
  }
}
