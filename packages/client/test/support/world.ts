import { resolve } from 'node:path';
import { DynamoDBClient, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { createPublisher, type Publication, type Publisher, type Receipt } from '@sessions/backend';
import { type LocalStack, type LocalStackOptions, startLocalStack } from '@sessions/local';
import WebSocket from 'ws';
import {
  type ConnectOptions,
  connectSpeaker,
  type JoinOptions,
  joinAsListener,
  type Listener,
  type Speaker,
  type SpeakOptions,
} from '../../src/index.ts';
import { FaultyNetwork, type Passage } from './faulty-network.ts';
import { PATIENCE_MS, TestClock } from './test-clock.ts';

/** What `cdktf deploy sessions-dev` deploys; `npm test` synthesizes it first. */
export const STACK_FILE = resolve(import.meta.dirname, '../../../../infra/cdktf.out/stacks/sessions-dev/cdk.tf.json');

export interface WorldOptions extends Pick<LocalStackOptions, 'variables' | 'limits' | 'faults'> {}

/** Clients, a network that can be made to fail, and the real service on this machine. */
export class World {
  readonly stack: LocalStack;
  readonly network: FaultyNetwork;
  readonly clock: TestClock;
  readonly #addresses = new Map<object, string>();
  #clients = 0;

  private constructor(stack: LocalStack, network: FaultyNetwork, clock: TestClock) {
    this.stack = stack;
    this.network = network;
    this.clock = clock;
  }

  static async start({ variables, ...options }: WorldOptions = {}): Promise<World> {
    let changed = () => {};
    // Joins, ends and sweeps that are on their way.
    const pending = { count: 0 };
    const stack = await startLocalStack({
      ...options,
      stackFile: STACK_FILE,
      schedules: 'manual',
      variables: { ...variables },
      gateway: {
        onDisconnect: () => {
          pending.count++;
        },
        onDisconnectDelivered: () => {
          pending.count--;
          changed();
        },
      },
    });
    const network = await FaultyNetwork.start(stack.webSocketUrl);
    const clock = new TestClock(stack.clock);
    changed = () => clock.changed();
    const world = new World(stack, network, clock);
    world.#pendingEnds = () => pending.count;
    return world;
  }
  #pendingEnds = () => 0;

  async stop(): Promise<void> {
    this.#database?.destroy();
    await this.network.stop();
    await this.stack.stop();
  }

  /** The service's URL, through the network. */
  get url(): string {
    return this.network.urlFor(this.stack.webSocketUrl);
  }

  token = (username: string, expiresInSeconds?: number): Promise<string> =>
    this.stack.tokens.issueToken({ username, ...(expiresInSeconds !== undefined && { expiresInSeconds }) });

  /** What a client of its own address is connected with. */
  options(): ConnectOptions & { address: string } {
    const n = ++this.#clients;
    const address = `127.0.${1 + Math.floor(n / 250)}.${1 + (n % 250)}`;
    class FromAddress extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, { localAddress: address });
      }
    }
    return {
      url: this.url,
      clock: this.clock.of(address),
      WebSocket: FromAddress,
      timing: { requestTimeoutMs: PATIENCE_MS, ackTimeoutMs: PATIENCE_MS },
      address,
    };
  }

  async speak(username: string, options: Partial<SpeakOptions> = {}): Promise<Speaker> {
    const { address, ...own } = this.options();
    const getToken = () => this.token(username);
    const speaker = await connectSpeaker({ getToken, sourceLanguage: 'en', ...own, ...options });
    this.#addresses.set(speaker, address);
    return speaker;
  }

  async join<Message = unknown>(sessionId: string, options: Partial<JoinOptions> = {}): Promise<Listener<Message>> {
    const { address, ...own } = this.options();
    const listener = await joinAsListener<Message>({ targetLanguage: 'es', ...own, ...options, sessionId });
    this.#addresses.set(listener, address);
    return listener;
  }

  /** A client's ways through the network that are open, oldest first. */
  passagesOf(client: object): Passage[] {
    return this.network.passages.filter(({ address }) => address === this.#addresses.get(client));
  }

  /** The way that a client uses now. */
  passageOf(client: object): Passage {
    const passage = this.passagesOf(client).at(-1);
    if (!passage) throw new Error('The client has no open connection');
    return passage;
  }

  /** Lets time pass until everything that follows from what has happened is done. */
  settle(): Promise<void> {
    const isHopeless = (address: string) =>
      this.network.admission === 'silence' ||
      this.network.passages.filter((passage) => passage.address === address).at(-1)?.isHole === true;
    return this.clock.settle(() => this.#pendingEnds() > 0 || this.#publishing > 0, isHopeless);
  }

  /**
   * Time passes, and what was due in it is done.
   * @param meanwhile begun when what is due has just been begun
   */
  async pass(ms: number, meanwhile?: () => Promise<void>): Promise<void> {
    await this.settle();
    this.clock.advance(ms);
    // Timers that are due fire in the next turns of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 2));
    await Promise.all([meanwhile?.(), this.settle()]);
  }

  async sweep(): Promise<void> {
    for (const { outcome } of await this.stack.schedules.run()) {
      if (outcome.kind !== 'returned') throw new Error(`The sweep failed: ${JSON.stringify(outcome)}`);
    }
  }

  /** A session as it is stored, with the number of its places that are taken. */
  async session(sessionId: string): Promise<{ state: unknown; listenerCount: number } | undefined> {
    const items = (await this.#scan('sessions_table_name')).filter((item) => item.sessionId === sessionId);
    const session = items.find(({ part }) => part === 'session');
    if (!session) return undefined;
    const shards = items.filter(({ part }) => String(part).startsWith(`places#${session.createdAt}#`));
    return { state: session.state, listenerCount: shards.reduce((sum, { taken }) => sum + Number(taken), 0) };
  }

  connections(): Promise<Record<string, unknown>[]> {
    return this.#scan('connections_table_name');
  }

  /** Those that listen, by the index that a backend may query. */
  async listenersOf(sessionId: string): Promise<string[]> {
    const { Items = [] } = await this.#db().send(
      new QueryCommand({
        TableName: String(this.stack.stack.outputs.connections_table_name),
        IndexName: 'sessionId-targetLanguage-index',
        KeyConditionExpression: 'sessionId = :sessionId',
        ExpressionAttributeValues: { ':sessionId': { S: sessionId } },
      }),
    );
    return Items.map((item) => String(unmarshall(item).connectionId));
  }

  /** Messages that are on their way: time stands still for them. */
  #publishing = 0;

  /** As a backend publishes. */
  async publish(publication: Publication): Promise<Receipt> {
    const { stack, credentials } = this.stack;
    const httpApiUrl = String(stack.outputs.http_api_url);
    this.#publisher ??= createPublisher({ httpApiUrl, region: stack.region, credentials });
    this.#publishing++;
    try {
      return await this.#publisher.publish(publication);
    } finally {
      this.#publishing--;
      this.clock.changed();
    }
  }
  #publisher: Publisher | undefined;

  #database: DynamoDBClient | undefined;
  #db(): DynamoDBClient {
    const { endpoint, credentials, stack } = this.stack;
    this.#database ??= new DynamoDBClient({ endpoint, credentials, region: stack.region });
    return this.#database;
  }

  async #scan(output: string): Promise<Record<string, unknown>[]> {
    const TableName = String(this.stack.stack.outputs[output]);
    const { Items = [] } = await this.#db().send(new ScanCommand({ TableName, ConsistentRead: true }));
    return Items.map((item) => unmarshall(item));
  }
}

/** The next event of that name. */
export const nextEvent = <Event, Name extends string>(
  from: { on(name: Name, listener: (event: Event) => void): () => void },
  name: Name,
): Promise<Event> =>
  new Promise((resolve) => {
    const off = from.on(name, (event) => {
      off();
      resolve(event);
    });
  });
