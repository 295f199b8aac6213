import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteItemCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { type DynamoDb, startDynamoDb } from '@sessions/local/dynamodb';
import { LISTENERS_INDEX, OPEN_SESSIONS_INDEX, type StreamRecord } from '../../src/dynamodb/index.ts';

/** The tables, with the keys, the indexes and the stream that infra gives them. */
const TABLES: readonly CreateTableCommandInput[] = [
  {
    TableName: 'Sessions',
    KeySchema: [
      { AttributeName: 'sessionId', KeyType: 'HASH' },
      { AttributeName: 'part', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'sessionId', AttributeType: 'S' },
      { AttributeName: 'part', AttributeType: 'S' },
      { AttributeName: 'speakerUserId', AttributeType: 'S' },
      { AttributeName: 'openSince', AttributeType: 'N' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: OPEN_SESSIONS_INDEX,
        KeySchema: [
          { AttributeName: 'speakerUserId', KeyType: 'HASH' },
          { AttributeName: 'openSince', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  },
  {
    TableName: 'Connections',
    KeySchema: [{ AttributeName: 'connectionId', KeyType: 'HASH' }],
    AttributeDefinitions: [
      { AttributeName: 'connectionId', AttributeType: 'S' },
      { AttributeName: 'sessionId', AttributeType: 'S' },
      { AttributeName: 'targetLanguage', AttributeType: 'S' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: LISTENERS_INDEX,
        KeySchema: [
          { AttributeName: 'sessionId', KeyType: 'HASH' },
          { AttributeName: 'targetLanguage', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['role', 'placeShard'] },
      },
    ],
  },
  {
    TableName: 'RateLimits',
    KeySchema: [{ AttributeName: 'identifier', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'identifier', AttributeType: 'S' }],
  },
  {
    TableName: 'Messages',
    KeySchema: [
      { AttributeName: 'channel', KeyType: 'HASH' },
      { AttributeName: 'offset', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'channel', AttributeType: 'S' },
      { AttributeName: 'offset', AttributeType: 'N' },
    ],
  },
];

/** The names of the tables that the repositories work on. */
export const TABLE_NAMES = { sessions: 'Sessions', connections: 'Connections', messages: 'Messages' } as const;

export interface TestDatabase {
  readonly endpoint: string;
  /** A client of this database; destroyed with it. */
  createClient(config?: DynamoDBClientConfig): DynamoDBClient;
  /** From now on each transaction holds its items for a time, as on AWS; 0: for none. */
  holdTransactionsFor(milliseconds: number): void;
  /** Resolves when no transaction is in flight. */
  settled(): Promise<void>;
  /** Every record that the stream of the sessions table has, in the form in which Lambda gets it. */
  sessionRecords(): Promise<StreamRecord[]>;
  /** Empties all tables. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

/** The embedded DynamoDB in memory on a free port of 127.0.0.1, with all tables. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const dynamoDb = startDynamoDb();
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const answer = async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { statusCode, headers, body } = await dynamoDb.handle(request.headers, Buffer.concat(chunks));
      response.writeHead(statusCode, headers).end(body);
    };
    answer().catch(() => response.destroy()); // the client is gone
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients: DynamoDBClient[] = [];
  const createClient = (config: DynamoDBClientConfig = {}) => {
    const client = new DynamoDBClient({
      endpoint,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      ...config,
    });
    clients.push(client);
    return client;
  };
  const own = createClient();
  for (const table of TABLES) await own.send(new CreateTableCommand({ BillingMode: 'PAY_PER_REQUEST', ...table }));
  let stopped: Promise<void> | undefined;
  return {
    endpoint,
    createClient,
    holdTransactionsFor(milliseconds) {
      dynamoDb.database.holds.holdMs = milliseconds;
    },
    async settled() {
      while (dynamoDb.database.holds.inFlight.size > 0) await delay(5);
    },
    sessionRecords: () => readStream(dynamoDb),
    clear: () => clearTables(own),
    stop() {
      stopped ??= (async () => {
        for (const client of clients) client.destroy();
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
        await dynamoDb.stop();
      })();
      return stopped;
    },
  };
}

async function clearTables(client: DynamoDBClient): Promise<void> {
  for (const { TableName, KeySchema = [] } of TABLES) {
    const { Items = [] } = await client.send(new ScanCommand({ TableName }));
    for (const item of Items) {
      const names = KeySchema.flatMap(({ AttributeName: name }) => (name === undefined ? [] : [name]));
      const Key = Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
      await client.send(new DeleteItemCommand({ TableName, Key }));
    }
  }
}

/** Reads the one stream to its end: records of an item are in order, those of several items are not. */
async function readStream(dynamoDb: DynamoDb): Promise<StreamRecord[]> {
  const call = async <T>(operation: string, input: object): Promise<T> => {
    const headers = { 'x-amz-target': `DynamoDBStreams_20120810.${operation}` };
    const { statusCode, body } = await dynamoDb.handle(headers, Buffer.from(JSON.stringify(input)));
    if (statusCode !== 200) throw new Error(`${operation}: ${body}`);
    return JSON.parse(body) as T;
  };
  const { Streams } = await call<{ Streams: { StreamArn: string }[] }>('ListStreams', { TableName: 'Sessions' });
  const stream = { StreamArn: Streams[0]?.StreamArn };
  const { StreamDescription } = await call<{ StreamDescription: { Shards: { ShardId: string }[] } }>(
    'DescribeStream',
    stream,
  );
  const records: StreamRecord[] = [];
  for (const { ShardId } of StreamDescription.Shards) {
    const start = { ...stream, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
    let { ShardIterator } = await call<{ ShardIterator?: string | undefined }>('GetShardIterator', start);
    while (ShardIterator !== undefined) {
      const page: { Records: StreamRecord[]; NextShardIterator?: string } = await call('GetRecords', { ShardIterator });
      records.push(...page.Records);
      ShardIterator = page.Records.length === 0 ? undefined : page.NextShardIterator;
    }
  }
  return records;
}
