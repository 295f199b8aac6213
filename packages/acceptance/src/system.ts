import { EventEmitter, once } from 'node:events';
import { resolve } from 'node:path';
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type OwnSession, ownSession, type ServerMessageOf } from '@sessions/core/protocol';
import type { Connection } from '@sessions/core/sessions';
import {
  type FaultRule,
  type LocalStack,
  type LocalStackOptions,
  startLocalStack,
  type TokenRequest,
} from '@sessions/local';
import { Client, type ConnectOptions } from './client.ts';
import { addSecret, recordLog } from './log-scan.ts';
import { assembleSessions, type SessionsTableItem, type StoredSession } from './stored-session.ts';

/** The stack that `cdktf deploy sessions-dev` deploys; `npm test` synthesizes it first. */
export const STACK_FILE = resolve(import.meta.dirname, '../../../infra/cdktf.out/stacks/sessions-dev/cdk.tf.json');

/** Where clients come from: not the stack's own address, which may stand in a log line where theirs may not. */
const CLIENT_ADDRESS = '127.0.0.100';

/** More sweeps than any grace period takes; then the test fails instead of waiting for ever. */
const MAX_SWEEPS = 400;

/** The most of one BatchWriteItem. */
const MAX_PUTS = 25;

/** Terraform variables, e.g. `{ speaker_grace_seconds: '0.2' }`. */
export type Variables = Readonly<Record<string, string>>;

/** Starts the whole system on this machine, on a port of its own. Schedules run only when the test says so. */
export async function startSystem(
  variables: Variables = {},
  options: Omit<LocalStackOptions, 'stackFile' | 'variables' | 'schedules' | 'gateway'> = {},
): Promise<System> {
  const system = new System();
  running.add(system);
  await system.start({ ...options, stackFile: STACK_FILE, variables });
  return system;
}

/** Those that no test has stopped yet, because it failed before it came to that. */
const running = new Set<System>();

/** For the root hook: a forgotten system would keep the test process alive for ever. */
export const stopForgottenSystems = (): Promise<unknown> => Promise.all([...running].map((system) => system.stop()));

export class System {
  #stack: LocalStack | undefined;
  #clients: Client[] = [];
  #disconnects: 'deliver' | 'lose' | 'duplicate' = 'deliver';
  #open = 0;
  /** `$disconnect`s on their way. */
  #pending = 0;
  readonly #changes = new EventEmitter();

  async start(options: LocalStackOptions): Promise<void> {
    const deliveries = { deliver: 1, duplicate: 2, lose: 0 };
    this.#stack = await startLocalStack({
      ...options,
      schedules: 'manual',
      onLog: (entry) => {
        recordLog(entry.line);
        options.onLog?.(entry);
      },
      onInvocation: (record) => {
        options.onInvocation?.(record);
        this.#changes.emit('change');
      },
      gateway: {
        onConnection: ({ connectionId }) => {
          addSecret('connection ID', connectionId);
          this.#open++;
        },
        onDisconnect: () => {
          this.#open--;
          this.#pending += deliveries[this.#disconnects];
          this.#changes.emit('change');
        },
        onDisconnectDelivered: () => {
          this.#pending--;
          this.#changes.emit('change');
        },
        deliverDisconnect: () => this.#disconnects,
      },
    });
  }

  get stack(): LocalStack {
    if (!this.#stack) throw new Error('The system has not been started');
    return this.#stack;
  }

  async stop(): Promise<void> {
    running.delete(this);
    await this.#stack?.stop();
  }

  token(request: TokenRequest): Promise<string> {
    return this.stack.tokens.issueToken(request).then((token) => {
      addSecret('token', token);
      return token;
    });
  }

  async connect(options: ConnectOptions = {}): Promise<Client> {
    const { from = CLIENT_ADDRESS } = options;
    addSecret('address', from);
    const client = await Client.connect(this.stack.webSocketUrl, { ...options, from });
    this.#clients.push(client);
    return client;
  }

  /** A connection that was opened with the user's token. */
  async speaker(username: string, options: ConnectOptions = {}): Promise<Client> {
    return this.connect({ ...options, token: await this.token({ username }) });
  }

  listener(options: ConnectOptions = {}): Promise<Client> {
    return this.connect(options);
  }

  /** A user's new session. */
  async broadcast(
    username: string,
    options: ConnectOptions = {},
  ): Promise<{ sessionId: string; speaker: Client; created: ServerMessageOf<'sessionCreated'> }> {
    const speaker = await this.speaker(username, options);
    const created = await speaker.ask('sessionCreated', { action: 'createSession', sourceLanguage: 'en' });
    addSecret('join key', created.joinKey);
    return { sessionId: created.sessionId, speaker, created };
  }

  /** A user's session that is created ahead of time, over HTTP, to start now. */
  async schedule(username: string): Promise<OwnSession> {
    const { httpApiUrl } = this.stack;
    if (httpApiUrl === undefined) throw new Error('The stack has no HTTP API');
    const response = await fetch(new URL('sessions', `${httpApiUrl.replace(/\/$/, '')}/`), {
      method: 'POST',
      headers: { authorization: `Bearer ${await this.token({ username })}`, 'content-type': 'application/json' },
      body: JSON.stringify({ sourceLanguage: 'en' }),
    });
    const session = ownSession.parse(await response.json());
    addSecret('join key', session.joinKey);
    return session;
  }

  /** A listener who has joined. */
  async joined(sessionId: string, targetLanguage: string, options: ConnectOptions = {}): Promise<Client> {
    const listener = await this.listener(options);
    await listener.ask('sessionJoined', { action: 'joinSession', sessionId, targetLanguage });
    return listener;
  }

  /** Moves a speaker or listener from an old connection to a new one. */
  refresh(
    sessionId: string,
    role: 'speaker' | 'listener',
    { from, to }: { from: Client; to: Client },
  ): Promise<ServerMessageOf<'connectionRefreshComplete'>> {
    const previousConnectionId = this.connectionIdOf(from);
    return to.ask('connectionRefreshComplete', { action: 'refreshConnection', sessionId, role, previousConnectionId });
  }

  /** As the service has told the client. */
  connectionIdOf(client: Client): string {
    const message = client.received.find((candidate) => 'connectionId' in candidate);
    if (!message || !('connectionId' in message)) throw new Error('The client was told no connection ID yet');
    return message.connectionId;
  }

  connectedAtOf(client: Client): number {
    const connectionId = this.connectionIdOf(client);
    const connection = this.stack.gateway.connections().find((candidate) => candidate.connectionId === connectionId);
    if (!connection) throw new Error('The client is not connected');
    return connection.connectedAtMs;
  }

  /** From now on, the platform reports no end of a connection. */
  loseDisconnects(): void {
    this.#disconnects = 'lose';
  }

  /** From now on, the platform reports every end of a connection twice. */
  duplicateDisconnects(): void {
    this.#disconnects = 'duplicate';
  }

  /** Waits until every socket that a client has closed was reported to the service, and the service is done with it. */
  async settled(): Promise<void> {
    const openClients = () => this.#clients.filter(({ socket }) => socket.readyState === socket.OPEN).length;
    while (this.#open > openClients() || this.#pending > 0) await once(this.#changes, 'change');
  }

  /** One run of the schedule. @throws an error that shows how the function failed */
  async sweep(): Promise<void> {
    for (const { outcome } of await this.stack.schedules.run()) {
      if (outcome.kind !== 'returned') throw new Error(`The sweep failed: ${JSON.stringify(outcome)}`);
    }
  }

  /**
   * Waits until something is so. It looks again after each invocation of a function, since what follows from a change
   * (notifications, the end of a session) is done after the reply.
   */
  async until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    let ended = 0;
    const count = () => void ended++;
    this.#changes.on('change', count);
    try {
      for (let seen = ended; !(await isSo()); seen = ended) if (seen === ended) await once(this.#changes, 'change');
    } finally {
      this.#changes.off('change', count);
    }
  }

  /** Waits until the end of a session is complete: its listeners are notified and removed. @returns the session */
  async ended(sessionId: string): Promise<StoredSession> {
    let session: StoredSession | undefined;
    await this.until(async () => {
      session = await this.session(sessionId);
      return session?.endCompletedAt !== undefined;
    });
    if (!session) throw new Error(`There is no session ${sessionId}`);
    return session;
  }

  /** Replaces the faults of the platform. */
  faults(...rules: readonly FaultRule[]): Promise<void> {
    return this.stack.faults.set({ rules });
  }

  /** Sweeps until something is so, which takes as many sweeps as the clock needs. */
  async sweepUntil(isSo: () => Promise<boolean>): Promise<void> {
    for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
      await this.sweep();
      if (await isSo()) return;
    }
    throw new Error(`It was not so after ${MAX_SWEEPS} sweeps`);
  }

  /** Sessions with the sums of their places shards. */
  async sessions(): Promise<StoredSession[]> {
    return assembleSessions(await this.#scan<SessionsTableItem>('sessions_table_name'));
  }

  connections(): Promise<Connection[]> {
    return this.#scan<Connection>('connections_table_name');
  }

  async session(sessionId: string): Promise<StoredSession | undefined> {
    return (await this.sessions()).find((session) => session.sessionId === sessionId);
  }

  /** The connections that hold a place of the session. */
  async listenersOf(sessionId: string): Promise<Connection[]> {
    const all = await this.connections();
    return all.filter((connection) => connection.role === 'listener' && connection.sessionId === sessionId);
  }

  /** As an operator does. */
  async denySpeaker(userId: string): Promise<void> {
    const TableName = String(this.stack.stack.outputs.sessions_table_name);
    const deniedAt = this.stack.clock.nowMs();
    const Item = marshall({ sessionId: `user#${userId}`, part: 'denied', deniedAt });
    await this.#database().send(new PutItemCommand({ TableName, Item }));
  }

  /** Removes a session's record, as its time to live does long after the end. */
  async forgetSession(sessionId: string): Promise<void> {
    const TableName = String(this.stack.stack.outputs.sessions_table_name);
    await this.#database().send(new DeleteItemCommand({ TableName, Key: marshall({ sessionId, part: 'session' }) }));
  }

  /**
   * Stores listeners past the service: their sockets are gone, the platform has not reported it, and they were last heard
   * ten minutes ago. All of them have their places, in the session's first shards.
   */
  async storeSilentListeners(sessionId: string, count: number): Promise<void> {
    const targetLanguage = 'es';
    const table = String(this.stack.stack.outputs.connections_table_name);
    const lastHeartbeatAt = this.stack.clock.nowMs() - 600_000;
    const shards = (await this.#scan<SessionsTableItem>('sessions_table_name')).filter(
      ({ sessionId: id, part }) => id === sessionId && part.startsWith('places#'),
    );
    const puts: WriteRequest[] = [];
    for (const { part, capacity } of shards) {
      const taken = Math.min(Number(capacity), count - puts.length);
      const placeShard = part.slice('places#'.length);
      for (let place = 0; place < taken; place++) {
        const connectionId = `silent-${puts.length}`;
        const base = { connectionId, sessionId, connectedAt: lastHeartbeatAt, lastHeartbeatAt };
        const Item = marshall({ ...base, role: 'listener', targetLanguage, placeShard });
        puts.push({ PutRequest: { Item } });
      }
      for (const change of [{ taken }, { joins: taken }, { [`lang:${targetLanguage}`]: taken }]) {
        await this.#set('sessions_table_name', { sessionId, part }, change);
      }
    }
    for (let start = 0; start < puts.length; start += MAX_PUTS) {
      await this.#database().send(
        new BatchWriteItemCommand({ RequestItems: { [table]: puts.slice(start, start + MAX_PUTS) } }),
      );
    }
  }

  /** As if the session's time were over. */
  expire(sessionId: string): Promise<void> {
    const change = { expiresAt: this.stack.clock.nowMs() - 1000 };
    return this.#set('sessions_table_name', { sessionId, part: 'session' }, change);
  }

  /** As if the client had last been heard so long ago: ten minutes, unless given. */
  silence(client: Client, forMs = 600_000): Promise<void> {
    const lastHeartbeatAt = this.stack.clock.nowMs() - forMs;
    return this.#set('connections_table_name', { connectionId: this.connectionIdOf(client) }, { lastHeartbeatAt });
  }

  /** Makes the connection's item one that no code of ours would write: the function must fail on it. */
  breakConnection(client: Client): Promise<void> {
    const connectionId = this.connectionIdOf(client);
    return this.#set('connections_table_name', { connectionId }, { lastHeartbeatAt: undefined });
  }

  /** Sets or removes one attribute, past the service. */
  async #set(tableOutput: string, key: object, change: Record<string, unknown>): Promise<void> {
    const [[name, value] = []] = Object.entries(change);
    await this.#database().send(
      new UpdateItemCommand({
        TableName: String(this.stack.stack.outputs[tableOutput]),
        Key: marshall(key),
        UpdateExpression: value === undefined ? 'REMOVE #name' : 'SET #name = :value',
        ExpressionAttributeNames: { '#name': String(name) },
        ...(value === undefined ? {} : { ExpressionAttributeValues: marshall({ ':value': value }) }),
      }),
    );
  }

  #client: DynamoDBClient | undefined;

  #database(): DynamoDBClient {
    const { endpoint, credentials, stack } = this.stack;
    this.#client ??= new DynamoDBClient({ endpoint, credentials, region: stack.region });
    return this.#client;
  }

  async #scan<T>(output: string): Promise<T[]> {
    const items: T[] = [];
    let ExclusiveStartKey: Record<string, never> | undefined;
    do {
      const page = await this.#database().send(
        new ScanCommand({
          TableName: String(this.stack.stack.outputs[output]),
          ConsistentRead: true,
          ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
        }),
      );
      items.push(...(page.Items ?? []).map((item) => unmarshall(item) as T));
      ExclusiveStartKey = page.LastEvaluatedKey as Record<string, never> | undefined;
    } while (ExclusiveStartKey !== undefined);
    return items;
  }
}
