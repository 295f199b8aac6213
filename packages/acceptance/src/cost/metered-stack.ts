import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { createPublisher, type Publication, type Receipt } from '@sessions/backend';
import { FAN_OUT_CONCURRENCY } from '@sessions/core/apigateway';
import type { ServerMessageOf, ServerMessageType } from '@sessions/core/protocol';
import { type DynamoDbUse, type LocalStack, startLocalStack } from '@sessions/local';
import type { FunctionUse, Operation } from '../../../../scripts/cost/measured.ts';
import { Client } from '../client.ts';
import type { PlainItem } from './item-size.ts';

const LAMBDA_ENDPOINT = 'AWS_ENDPOINT_URL_LAMBDA';

/** API Gateway meters messages by these. */
const MESSAGE_UNIT_BYTES = 32 * 1024;

/** Sessions' names differ in length; what is counted must not. */
export const SAMPLE_SESSION_ID = 'faithful-shepherd-427';

const SESSION_ID = /\b[a-z]+-[a-z]+-\d{3}\b/g;
/** The number of a shard, chosen at random, has one or two digits. */
const PLACE_SHARD = /\b\d{13}#\d{1,2}\b/g;
export const SAMPLE_PLACE_SHARD = '1764000000000#13';

/** A text with everything in it that differs from run to run in length made alike. */
export const leveled = (text: string): string =>
  text
    .replaceAll(SESSION_ID, SAMPLE_SESSION_ID)
    .replaceAll(PLACE_SHARD, SAMPLE_PLACE_SHARD)
    .replaceAll('"cold_start":true', '"cold_start":false')
    .replaceAll(/"(\w+Latency|MessageDeliveryTime|deliveryMs)":(\[?)[\d.]+/g, '"$1":$2100');

const bytes = (text: string): number => Buffer.byteLength(leveled(text));

/** Longer than the batching window of the notifier: what follows from an operation has begun by then. */
const QUIET_MS = 1600;
const CHECK_MS = 50;

/** DynamoDB's operations that read; what they consume are read units, everything else write units. */
const READS = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems']);

/** All items, by table. */
export type Snapshot = ReadonlyMap<string, readonly PlainItem[]>;

/** The real local stack, with everything that one operation uses written down. One operation at a time. */
export class MeteredStack {
  readonly #stack: LocalStack;
  readonly #database: DynamoDBClient;
  readonly #records: Records;

  private constructor(stack: LocalStack, records: Records) {
    this.#stack = stack;
    this.#records = records;
    const { endpoint, credentials } = stack;
    this.#database = new DynamoDBClient({ endpoint, credentials, region: stack.stack.region });
  }

  static async start(stackFile: string, variables: Readonly<Record<string, string>> = {}): Promise<MeteredStack> {
    const records = new Records();
    const stack = await startLocalStack({
      stackFile,
      variables,
      schedules: 'manual',
      // What expires in between would pass for something that an operation has written.
      ttlSweepIntervalMs: 3_600_000,
      onLog: ({ functionName, line }) => line !== '' && records.logs.push({ functionName, line }),
      onDynamoDbUse: (use) => {
        if (use.functionName !== undefined) records.dynamoDb.push(use);
      },
      onEvent: () => records.events++,
      onInvocation: ({ functionName, outcome }) => {
        records.lastActivityMs = performance.now();
        records.invocations.push(functionName);
        if (outcome.kind !== 'returned') records.failures.push(`${functionName}: ${JSON.stringify(outcome)}`);
      },
      onAwsCall: ({ functionName, service }) => {
        records.lastActivityMs = performance.now();
        if (functionName !== undefined) records.calls.push({ functionName, service });
      },
      gateway: { onDisconnectDelivered: () => records.socket.dispatchEvent(new Event('disconnected')) },
    });
    return new MeteredStack(stack, records);
  }

  async stop(): Promise<void> {
    this.#database.destroy();
    await this.#stack.stop();
  }

  get stack(): LocalStack['stack'] {
    return this.#stack.stack;
  }

  /** Names of the metrics that came out so far. */
  get customMetrics(): string[] {
    return [...this.#records.metrics].sort();
  }

  /** @returns what was used while `run` ran, and what it resolved to */
  async during<T>(run: () => Promise<T>): Promise<{ use: Operation; result: T }> {
    this.#records.clear();
    const result = await run();
    const { invocations, calls, logs, messages, dynamoDb, events } = this.#records.take();
    const { failures } = this.#records;
    if (failures.length > 0) throw new Error(`What fails cannot be counted: ${failures.join('; ')}`);
    const prefix = `${this.stack.name}-`;
    const functions = [...new Set(invocations)].sort().map((name): [string, FunctionUse] => {
      const lines = logs.filter(({ functionName }) => functionName === name);
      const own = calls.filter(({ functionName }) => functionName === name);
      const posts = own.filter(({ service }) => service === 'execute-api').length;
      return [
        name.replace(prefix, ''),
        {
          invocations: invocations.filter((invoked) => invoked === name).length,
          awsCallsInSequence: own.length - posts + Math.ceil(posts / FAN_OUT_CONCURRENCY),
          logLines: lines.length,
          logBytes: lines.reduce((sum, { line }) => sum + bytes(line), 0),
        },
      ];
    });
    const units = (texts: readonly string[]) =>
      texts.reduce((sum, text) => sum + Math.max(1, Math.ceil(bytes(text) / MESSAGE_UNIT_BYTES)), 0);
    const sum = (texts: readonly string[]) => texts.reduce((total, text) => total + bytes(text), 0);
    const use: Operation = {
      functions: Object.fromEntries(functions),
      ...unitsOf(dynamoDb),
      events,
      messages: units(messages.in) + units(messages.out),
      bytesIn: sum(messages.in),
      bytesOut: sum(messages.out),
    };
    return { use, result };
  }

  /** Waits until nothing has happened for longer than the longest window: what an operation caused is done. */
  async quiet(): Promise<void> {
    while (performance.now() - this.#records.lastActivityMs < QUIET_MS) await delay(CHECK_MS);
  }

  async connect(username?: string): Promise<Client> {
    const token = username === undefined ? undefined : await this.#stack.tokens.issueToken({ username });
    const client = await Client.connect(this.#stack.webSocketUrl, token === undefined ? {} : { token });
    client.socket.on('message', (data) => this.#records.messages.out.push(data.toString()));
    return client;
  }

  /** Sends a message and waits for the reply. @throws an error that shows any other reply */
  async ask<T extends ServerMessageType>(client: Client, type: T, message: object): Promise<ServerMessageOf<T>> {
    const text = JSON.stringify({ ...message, requestId: 'r1' });
    this.#records.messages.in.push(text);
    client.sendText(text);
    const reply = await client.take((candidate) => 'requestId' in candidate && candidate.requestId === 'r1');
    if (reply.type !== type) throw new Error(`Expected ${type}, got ${JSON.stringify(reply)}`);
    return reply as ServerMessageOf<T>;
  }

  /** Publishes a message by invoking the function, as a pipeline does. @throws an error: the message was refused */
  async publish(message: Publication): Promise<Receipt> {
    const { credentials, endpoint } = this.#stack;
    const { name, region } = this.stack;
    // The one way to name an endpoint to the publisher, whose client reads it when it is made.
    const before = process.env[LAMBDA_ENDPOINT];
    process.env[LAMBDA_ENDPOINT] = endpoint;
    try {
      return await createPublisher({ functionName: `${name}-publisher`, region, credentials }).publish(message);
    } finally {
      if (before === undefined) delete process.env[LAMBDA_ENDPOINT];
      else process.env[LAMBDA_ENDPOINT] = before;
    }
  }

  /** Closes, and waits until the service is done with it. */
  async close(client: Client): Promise<void> {
    const delivered = once(this.#records.socket, 'disconnected');
    await client.close(1000);
    await delivered;
  }

  async sweep(): Promise<void> {
    await this.#stack.schedules.run();
  }

  /** All items of all tables. */
  async snapshot(): Promise<Snapshot> {
    const tables = this.stack.tables.map(async ({ name }): Promise<[string, PlainItem[]]> => {
      const { Items = [], LastEvaluatedKey } = await this.#database.send(
        new ScanCommand({ TableName: name, ConsistentRead: true }),
      );
      if (LastEvaluatedKey) throw new Error(`${name} does not fit into one page`);
      return [name, Items.map((item) => unmarshall(item))];
    });
    return new Map(await Promise.all(tables));
  }
}

/** One call of a function. */
interface AwsCallRecord {
  readonly functionName: string;
  readonly service: string;
}

/** As DynamoDB charges them: the embedded engine counts the capacity of each call. */
function unitsOf(uses: readonly DynamoDbUse[]): { writeUnits: number; readUnits: number } {
  const sum = (isIt: (use: DynamoDbUse) => boolean) =>
    uses
      .filter(isIt)
      .flatMap(({ consumed }) => consumed)
      .reduce((total, { CapacityUnits }) => total + CapacityUnits, 0);
  return {
    writeUnits: sum(({ operation }) => !READS.has(operation)),
    readUnits: sum(({ operation }) => READS.has(operation)),
  };
}

/** What happened since the last `clear`, unless it says otherwise. */
class Records {
  readonly invocations: string[] = [];
  /** Of all time. */
  readonly failures: string[] = [];
  readonly calls: AwsCallRecord[] = [];
  readonly dynamoDb: DynamoDbUse[] = [];
  /** That EventBridge took. */
  events = 0;
  lastActivityMs = performance.now();
  readonly logs: { functionName: string; line: string }[] = [];
  readonly messages: { in: string[]; out: string[] } = { in: [], out: [] };
  readonly metrics = new Set<string>();
  readonly socket = new EventTarget();

  clear(): void {
    const { invocations, calls, dynamoDb, logs, messages } = this;
    for (const list of [invocations, calls, dynamoDb, logs, messages.in, messages.out]) list.length = 0;
    this.events = 0;
  }

  take() {
    for (const { line } of this.logs) for (const metric of metricsIn(line)) this.metrics.add(metric);
    const { invocations, calls, dynamoDb, logs, messages, events } = this;
    return structuredClone({ invocations, calls, dynamoDb, logs, messages, events });
  }
}

interface EmbeddedMetrics {
  readonly _aws?: {
    readonly CloudWatchMetrics: readonly {
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
  readonly [property: string]: unknown;
}

/** A line in CloudWatch's embedded metric format makes a metric for each name and set of dimensions. */
function metricsIn(line: string): string[] {
  if (!line.includes('"_aws"')) return [];
  const entry = JSON.parse(line) as EmbeddedMetrics;
  return (entry._aws?.CloudWatchMetrics ?? []).flatMap(({ Dimensions, Metrics }) =>
    Dimensions.flatMap((set) =>
      Metrics.map(({ Name }) => [Name, ...set.map((name) => `${name}=${String(entry[name])}`)].join(' ')),
    ),
  );
}
