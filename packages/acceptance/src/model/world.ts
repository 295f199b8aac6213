import { EventEmitter, once } from 'node:events';
import { resolve } from 'node:path';
import type { ServerMessage } from '@sessions/core/protocol';
import { type LocalStack, startLocalStack } from '@sessions/local';
import { Client } from '../client.ts';
import type { Fate } from './actions.ts';
import { LATE_SECONDS } from './rules-leaving.ts';
import { RULES } from './state.ts';
import { openTables } from './tables.ts';

/** The stack that `cdktf deploy sessions-dev` deploys; the mutation check names others. */
const STACK_FILE =
  process.env.MODEL_STACK_FILE ??
  resolve(import.meta.dirname, '../../../../infra/cdktf.out/stacks/sessions-dev/cdk.tf.json');

/** Longer than anything that the service may take; then it is taken for hanging. */
const PATIENCE_MS = 20_000;

const READS = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan']);

/** A client of the sequence that runs. */
export interface Live {
  readonly client: Client;
  readonly connectionId: string;
  /** How many of its messages have been looked at. */
  seen: number;
}

/** A reply, or the frame that API Gateway sends in place of one. */
export type Reply = ServerMessage | { readonly message: string; readonly connectionId: string };

/**
 * One running system, for one sequence at a time: the synthesized stack, real sockets, the real bundles in worker
 * threads, and real HTTP to DynamoDB. Its time moves on only as a sequence says (and by the real moments that pass).
 */
export class World {
  readonly stack: LocalStack;
  readonly tables: ReturnType<typeof openTables>;
  readonly live = new Map<string, Live>();
  readonly #platform: Platform;
  #requests = 0;

  private constructor(stack: LocalStack, platform: Platform) {
    this.stack = stack;
    this.#platform = platform;
    this.tables = openTables(stack, () => platform.writes);
  }

  static async start(): Promise<World> {
    const platform = new Platform();
    const stack = await startLocalStack({
      stackFile: STACK_FILE,
      variables: {
        max_listeners_per_session: RULES.capacity,
        rate_limit_sessions_per_hour: 100_000,
        rate_limit_connection_attempts_per_min: 100_000,
        rate_limit_listener_joins_per_min: 100_000,
        status_push_seconds: RULES.statusPushSeconds,
        // Half of what the limit says: early ones are forgiven.
        rate_limit_status_per_min: 60 / RULES.twoRequestsSeconds,
        stage_throttle_rate_limit: 100_000,
        stage_throttle_burst_limit: 100_000,
        // Shorter than any wait: one step's outage is over with the next.
        circuit_breaker_seconds: '0.1',
        log_level: 'ERROR',
      },
      schedules: 'manual',
      // A cut client and a platform's limit are the same to the service; only sequences decide who is cut.
      limits: { idleTimeoutMs: 1e12, connectionDurationMs: 1e12 },
      ttlSweepIntervalMs: 1e12,
      lambda: { maxInstancesPerFunction: 2 },
      gateway: platform.hooks,
      onFault: () => platform.faultMet(),
      onAwsCall: ({ service, functionName, operation }) => {
        if (service === 'dynamodb' && functionName !== undefined && !READS.has(operation)) platform.writes++;
      },
    });
    const world = new World(stack, platform);
    await world.#warmUp();
    return world;
  }

  /**
   * Starts two instances of each function: two events at once then run at once, from the first sequence on. A failure
   * that needs that is found again when its sequence is repeated on a new system.
   */
  async #warmUp(): Promise<void> {
    const names = ['warm1', 'warm2'];
    for (const name of names) await this.connect(name);
    for (const action of ['createSession', 'heartbeat', 'refreshConnection', 'getSessionStatus', 'endSession']) {
      await Promise.all(names.map((name) => this.request(name, { action })));
    }
    const others = await Promise.all(names.map(() => Client.connect(this.stack.webSocketUrl)));
    await Promise.all(others.map((other) => other.cut()));
    await this.sweep(2);
    await this.reset();
    await this.sweep(2);
  }

  async stop(): Promise<void> {
    await this.stack.stop();
  }

  /** Ends what the last sequence left behind. */
  async reset(): Promise<void> {
    await this.stack.faults.clear();
    this.#platform.fate = 'lose';
    await Promise.all([...this.live.values()].map(({ client }) => client.cut()));
    this.live.clear();
    if (this.#platform.hasLate) this.wait(LATE_SECONDS + 1);
    await this.settled();
    await this.tables.clear();
    this.#platform.fate = 'deliver';
  }

  async connect(name: string, username?: string): Promise<void> {
    const token = username === undefined ? undefined : await this.stack.tokens.issueToken({ username });
    const client = await Client.connect(this.stack.webSocketUrl, token === undefined ? {} : { token });
    this.live.set(name, { client, connectionId: this.#platform.lastConnectionId, seen: 0 });
  }

  client(name: string): Live {
    const live = this.live.get(name);
    if (!live) throw new Error(`There is no client ${name}`);
    return live;
  }

  /**
   * Sends a message and waits for the reply, or for the frame that says that there will be none.
   * @returns undefined if the service closed the connection instead
   */
  async request(name: string, message: Record<string, unknown>): Promise<Reply | undefined> {
    const { client } = this.client(name);
    if (client.socket.readyState !== client.socket.OPEN) return undefined;
    const requestId = `q${++this.#requests}`;
    const isFrame = (m: object) => 'message' in m && !('type' in m);
    const reply = client.take((m) => isFrame(m) || ('requestId' in m && m.requestId === requestId));
    this.#platform.messageSent();
    client.sendText(JSON.stringify({ ...message, requestId }));
    const replyOrEnd = reply.catch((error: unknown) => {
      if (client.socket.readyState === client.socket.CLOSED) return undefined;
      throw error;
    });
    return patiently(replyOrEnd, `${name} got no reply to ${JSON.stringify(message)}`);
  }

  /** Ends a client's socket; the `$disconnect` is on its way then. */
  async close(name: string, how: 'close' | 'cut', fate: Fate): Promise<void> {
    const { client } = this.client(name);
    this.#platform.fate = fate;
    const ended = this.#platform.ended(this.client(name).connectionId);
    await (how === 'close' ? client.close() : client.cut());
    await patiently(ended, `${name} was not seen to end`);
    this.#platform.fate = 'deliver';
  }

  /** Waits for the next fault of the fault plan, or for what comes first. */
  faultOr(other: Promise<unknown>): Promise<unknown> {
    return Promise.race([this.#platform.fault(), other.catch(() => {})]);
  }

  /** Waits until every message and every `$disconnect` that is due was dealt with, whoever still waits for it. */
  settled(): Promise<void> {
    return patiently(this.#platform.settled(), 'A message or a $disconnect was not dealt with');
  }

  /** Lets time pass; `$disconnect`s that are due by then are on their way. */
  wait(seconds: number): void {
    this.stack.clock.advance(seconds * 1000);
    this.#platform.lateAreDue();
  }

  /** @returns whether each of them succeeded */
  async sweep(atOnce: number): Promise<boolean> {
    const runs = Array.from({ length: atOnce }, () => this.stack.schedules.run());
    const results = (await patiently(Promise.all(runs), 'A sweep did not end')).flat();
    return results.every(({ outcome }) => outcome.kind === 'returned');
  }

  /**
   * Waits until everything that was sent to clients by now has arrived: a pong comes after it. One that the service
   * closes has heard everything once it is closed.
   */
  async flush(): Promise<void> {
    await Promise.all(
      [...this.live.values()].map(async ({ client: { socket, closed } }) => {
        if (socket.readyState === socket.CLOSED) return;
        if (socket.readyState !== socket.OPEN) return void (await closed);
        socket.ping();
        await patiently(Promise.race([once(socket, 'pong'), closed]), 'A client was not reached');
      }),
    );
  }
}

/** What the gateway tells, and what it is told about `$disconnect`s. */
class Platform {
  fate: Fate = 'deliver';
  lastConnectionId = '';
  /** Calls of functions that may have changed a table. */
  writes = 0;
  #pending = 0;
  #late = 0;
  readonly #ended = new Set<string>();
  readonly #changes = new EventEmitter().setMaxListeners(0);

  readonly hooks = {
    onConnection: ({ connectionId }: { connectionId: string }) => {
      this.lastConnectionId = connectionId;
    },
    onDisconnect: ({ connectionId }: { connectionId: string }) => {
      const deliveries = { deliver: 1, duplicate: 2, lose: 0, delay: 0 };
      this.#pending += deliveries[this.fate];
      if (this.fate === 'delay') this.#late++;
      this.#ended.add(connectionId);
      this.#changes.emit('change');
    },
    onMessage: () => {
      this.#pending--;
      this.#changes.emit('change');
    },
    onDisconnectDelivered: () => {
      this.#pending--;
      this.#changes.emit('change');
    },
    deliverDisconnect: () => (this.fate === 'delay' ? { delayMs: LATE_SECONDS * 1000 } : this.fate),
  };

  get hasLate(): boolean {
    return this.#late > 0;
  }

  faultMet(): void {
    this.#changes.emit('fault');
  }

  async fault(): Promise<void> {
    await once(this.#changes, 'fault');
  }

  messageSent(): void {
    this.#pending++;
  }

  lateAreDue(): void {
    this.#pending += this.#late;
    this.#late = 0;
  }

  async ended(connectionId: string): Promise<void> {
    while (!this.#ended.has(connectionId)) await once(this.#changes, 'change');
  }

  async settled(): Promise<void> {
    while (this.#pending > 0) await once(this.#changes, 'change');
  }
}

/** @throws an error if it takes longer than anything may */
export async function patiently<T>(promise: Promise<T>, complaint: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${complaint} within ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
