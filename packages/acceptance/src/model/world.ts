import { once } from 'node:events';
import { resolve } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDatabase, createSessionRepository } from '@sessions/core/dynamodb';
import type { ServerMessage } from '@sessions/core/protocol';
import { createOperate, type Operate } from '@sessions/core/sessions';
import { type FaultPlan, type LocalStack, startLocalStack } from '@sessions/local';
import { decodeJwt } from 'jose';
import { Client } from '../client.ts';
import type { Ending, Fate, Fault } from './actions.ts';
import { planOf, ruleOf } from './fault-rules.ts';
import { Platform } from './platform.ts';
import { LATE_SECONDS } from './rules-leaving.ts';
import { RULES } from './state.ts';
import { type Part, StreamWork } from './stream-work.ts';
import { openTables } from './tables.ts';

/** The stack that `cdktf deploy sessions-dev` deploys; the mutation check names others. */
const STACK_FILE =
  process.env.MODEL_STACK_FILE ??
  resolve(import.meta.dirname, '../../../../infra/cdktf.out/stacks/sessions-dev/cdk.tf.json');

/** Longer than anything that the service may take; then it counts as hanging. */
const PATIENCE_MS = 20_000;

/** Longer than places are collected for, shorter than any wait. */
const PLACES_WINDOW_MS = 1100;

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
  readonly operate: Operate;
  readonly #platform: Platform;
  readonly #operatorClient: DynamoDBClient;
  #requests = 0;
  #addresses = 0;

  private constructor(stack: LocalStack, platform: Platform) {
    this.stack = stack;
    this.#platform = platform;
    this.tables = openTables(stack, () => platform.writes);
    const { endpoint, credentials, clock } = stack;
    this.#operatorClient = new DynamoDBClient({ endpoint, credentials, region: stack.stack.region });
    this.operate = createOperate({
      sessions: createSessionRepository(
        createDatabase({ client: this.#operatorClient, openMs: 100 }),
        this.tables.names,
      ),
      clock,
      // Only sequences decide whether the index lags.
      sleep: async () => {},
    });
    platform.watch(new StreamWork(stack, this.tables.names.sessions));
  }

  static async start(): Promise<World> {
    const platform = new Platform();
    let world: World | undefined;
    const stack = await startLocalStack({
      stackFile: STACK_FILE,
      variables: {
        max_listeners_per_session: RULES.capacity,
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
      lambda: { maxInstancesPerFunction: 2, asyncRetryDelaysMs: [50, 100] },
      gateway: { ...platform.hooks, sourceIpOf: () => world?.address ?? '192.0.2.1' },
      onFault: () => platform.faultMet(),
      onAwsCall: (call) => platform.onAwsCall(call),
      onInvocation: ({ kind, outcome }) => {
        if (kind === 'async' && outcome.kind === 'returned') platform.invocationOver();
      },
      onAsyncDropped: () => platform.invocationOver(),
      onEventSource: (news) => platform.onEventSource(news),
    });
    world = new World(stack, platform);
    await world.setFault();
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
    this.#operatorClient.destroy();
    await this.stack.stop();
  }

  /** Where the clients come from: each sequence from an address of its own, for guesses are counted by address. */
  get address(): string {
    return `198.51.${Math.floor(this.#addresses / 250) % 250}.${(this.#addresses % 250) + 1}`;
  }

  /** From now on this goes wrong; nothing, if nothing is given. */
  async setFault(fault?: Fault): Promise<void> {
    this.#platform.fault = fault;
    await this.setRules(fault ? [ruleOf(fault)] : []);
  }

  setRules(rules: FaultPlan['rules']): Promise<void> {
    return this.stack.faults.set(planOf(rules));
  }

  /** Ends what the last sequence left behind. */
  async reset(): Promise<void> {
    await this.setFault();
    this.#addresses++;
    this.#platform.fate = 'lose';
    await Promise.all([...this.live.values()].map(({ client }) => client.cut()));
    this.live.clear();
    if (this.#platform.hasLate) await this.wait(LATE_SECONDS + 1);
    await this.settled();
    await this.tables.clear();
    this.stack.clock.advance(PLACES_WINDOW_MS);
    await this.settled(['session', 'places']);
    this.#platform.fate = 'deliver';
  }

  async connect(name: string, username?: string): Promise<void> {
    const token = username === undefined ? undefined : await this.stack.tokens.issueToken({ username });
    const client = await Client.connect(this.stack.webSocketUrl, token === undefined ? {} : { token });
    this.live.set(name, { client, connectionId: this.#platform.lastConnectionId, seen: 0 });
  }

  /** By which the service knows a user: the token says so. */
  async userIdOf(username: string): Promise<string> {
    return String(decodeJwt(await this.stack.tokens.issueToken({ username })).sub);
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
  async close(name: string, how: Ending, fate: Fate): Promise<void> {
    const { client } = this.client(name);
    this.#platform.fate = fate;
    const ended = this.#platform.ended(this.client(name).connectionId);
    await (how === 'cut' ? client.cut() : client.close(how === 'goodbye' ? 1000 : undefined));
    await patiently(ended, `${name} was not seen to end`);
    this.#platform.fate = 'deliver';
  }

  /** Waits for the next fault of the fault plan, or for what comes first. */
  faultOr(other: Promise<unknown>): Promise<unknown> {
    return Promise.race([this.#platform.nextFault(), other.catch(() => {})]);
  }

  /** Waits until every message and every `$disconnect` that is due was dealt with, and what follows from it. */
  settled(parts: readonly Part[] = ['session']): Promise<void> {
    const complaint = 'A message, a $disconnect or a change was not dealt with';
    return patiently(this.#platform.settled(parts), () => `${complaint} (${this.#platform.inFlight()})`);
  }

  /** When API Gateway last saw a message of each open connection, either way; epoch milliseconds. */
  activeAtMs(): Map<string, number> {
    return new Map(
      this.stack.gateway.connections().map(({ connectionId, lastActiveAtMs }) => [connectionId, lastActiveAtMs]),
    );
  }

  /**
   * Lets time pass; `$disconnect`s that are due by then are on their way. First the second for which places are
   * collected: a jump beyond the age at which records of the stream are given up would lose them.
   */
  async wait(seconds: number): Promise<void> {
    this.stack.clock.advance(PLACES_WINDOW_MS);
    await this.settled(['session', 'places']);
    this.stack.clock.advance(seconds * 1000 - PLACES_WINDOW_MS);
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

/** @throws an error if it takes longer than anything may */
export async function patiently<T>(promise: Promise<T>, complaint: string | (() => string)): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${typeof complaint === 'string' ? complaint : complaint()} within ${PATIENCE_MS} ms`)),
      PATIENCE_MS,
    );
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
