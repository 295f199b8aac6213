import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { toConnectionItem } from '../../src/dynamodb/connection-item.ts';
import { toItem } from '../../src/dynamodb/items.ts';
import { HEAD_OFFSET, messageKey, toHeadAttributes, toMessageItem } from '../../src/dynamodb/message-item.ts';
import { toPlacesItem } from '../../src/dynamodb/places-item.ts';
import { toSessionItem } from '../../src/dynamodb/session-item.ts';
import type { ChannelHead, Connection, PlacesShard, Session, StoredMessage } from '../../src/sessions/index.ts';
import { type AwsRequest, startAwsServer } from './aws-server.ts';
import { startTestDatabase } from './database.ts';
import { type ManagementServer, startManagementServer } from './management-server.ts';

/** A message in the log of the sample session, with its epoch; one that has `recent` is the channel's head. */
export type StoredInLog = { readonly channel: string; readonly epoch: number } & (StoredMessage | ChannelHead);
/** What a table holds: a session, a shard of the sample session, a connection, a counter, or an item of the log. */
export type Stored =
  | Session
  | PlacesShard
  | Connection
  | StoredInLog
  | { readonly identifier: string; readonly count: number };

/** DynamoDB, `@connections`, Lambda and EventBridge, with every request that reaches one of them written down in order. */
export interface AwsCalls {
  /** Names each of them, for the SDK. */
  readonly environment: Readonly<Record<string, string>>;
  readonly management: ManagementServer;
  /** Puts items into their tables, past the record. */
  store(items: readonly Stored[]): Promise<void>;
  /** Empties the tables. */
  clear(): Promise<void>;
  /** From now on the answer to the next call of this DynamoDB operation is lost, after it was performed. */
  loseAnswerTo(operation: string): void;
  /** The requests that are made while something runs: `UpdateItem Sessions`, `POST listener-1`, `Invoke completeEnd`. */
  during(run: () => Promise<unknown>): Promise<string[]>;
  stop(): Promise<void>;
}

export async function startAwsCalls(): Promise<AwsCalls> {
  const calls: string[] = [];
  const lost: string[] = [];
  const dynamo = await startTestDatabase();
  const management = await startManagementServer({ onRequest: (request) => void calls.push(request) });
  const lambda = await startAwsServer((request) => {
    calls.push(describeInvocation(request));
    const isEvent = request.headers['x-amz-invocation-type'] === 'Event';
    return isEvent ? { status: 202 } : { status: 200, body: '{"delivered":1,"gone":0,"failed":0}' };
  });
  const bridge = await startAwsServer(({ body }) => {
    const { Entries } = JSON.parse(body) as { Entries: { DetailType: string }[] };
    calls.push(`PutEvents ${Entries.map(({ DetailType }) => DetailType).join(', ')}`);
    return {
      status: 200,
      body: JSON.stringify({ FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: 'e' })) }),
    };
  });
  // In front of the embedded DynamoDB, so that what is counted are requests on the wire, the SDK's own repetitions included.
  const proxy = createServer(async (request, response) => {
    const body = await textOf(request);
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    calls.push(describeCall(operation, JSON.parse(body) as Input));
    const answer = await fetch(dynamo.endpoint, { method: 'POST', headers: headersOf(request.headers), body });
    const text = await answer.text();
    if (lost[0] === operation) {
      lost.shift();
      return void request.socket.resetAndDestroy();
    }
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(text);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const client = dynamo.createClient();
  return {
    environment: {
      AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
      AWS_ENDPOINT_URL_EVENTBRIDGE: bridge.endpoint,
    },
    management,
    async store(items) {
      for (const item of items) await client.send(new PutItemCommand(itemOf(item)));
    },
    clear: dynamo.clear,
    loseAnswerTo: (operation) => void lost.push(operation),
    async during(run) {
      calls.length = 0;
      await run();
      return calls.slice();
    },
    async stop() {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
      await Promise.all([dynamo.stop(), management.stop(), lambda.stop(), bridge.stop()]);
    },
  };
}

function itemOf(item: Stored) {
  if ('identifier' in item) return { TableName: 'RateLimits', Item: toItem(item) };
  if ('channel' in item) return { TableName: 'Messages', Item: logItemOf(item) };
  if ('state' in item) return { TableName: 'Sessions', Item: toSessionItem(item) };
  if ('connectionId' in item) return { TableName: 'Connections', Item: toConnectionItem(item) };
  return { TableName: 'Sessions', Item: toPlacesItem('faithful-shepherd-427', item) };
}

function logItemOf({ channel, epoch, ...item }: StoredInLog) {
  const sessionId = 'faithful-shepherd-427';
  const keptUntil = Date.now() + 3_600_000;
  return 'recent' in item
    ? { ...messageKey(sessionId, channel, HEAD_OFFSET), ...toHeadAttributes(epoch, item, keptUntil) }
    : toMessageItem({ sessionId, channel, epoch }, item, { keptUntil, write: 'test' });
}

type Action = Readonly<Record<string, { readonly TableName: string }>>;
interface Input {
  readonly TableName?: string;
  readonly RequestItems?: Readonly<Record<string, unknown>>;
  readonly TransactItems?: readonly Action[];
}

/** `Query Sessions`, `BatchGetItem Sessions, Messages`, or the actions of a transaction in order: `Transaction: 40 x Put Sessions, Put Connections`. */
function describeCall(operation: string, { TableName, RequestItems, TransactItems }: Input): string {
  if (RequestItems !== undefined) return `${operation} ${Object.keys(RequestItems).join(', ')}`;
  if (TransactItems === undefined) return `${operation} ${TableName}`;
  const groups: { action: string; count: number }[] = [];
  for (const item of TransactItems) {
    const action = Object.entries(item).map(([kind, { TableName }]) => `${kind} ${TableName}`)[0] ?? '';
    const last = groups.at(-1);
    if (last?.action === action) last.count++;
    else groups.push({ action, count: 1 });
  }
  return `Transaction: ${groups.map(({ action, count }) => (count === 1 ? action : `${count} x ${action}`)).join(', ')}`;
}

/** `Invoke completeEnd` for one that is accepted, `Call notifyShare` for one that is waited for. */
function describeInvocation({ headers, body }: AwsRequest): string {
  const { task } = JSON.parse(body) as { task?: string };
  return `${headers['x-amz-invocation-type'] === 'Event' ? 'Invoke' : 'Call'} ${task ?? 'itself'}`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

const headersOf = (headers: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    ['authorization', 'x-amz-target', 'x-amz-date', 'content-type'].map((name) => [name, String(headers[name])]),
  );
