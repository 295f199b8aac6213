import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { startTestDatabase } from './database.ts';
import { startManagementServer } from './management-server.ts';

/** DynamoDB and `@connections`, with every request that reaches either of them written down in order. */
export interface AwsCalls {
  readonly databaseEndpoint: string;
  readonly managementEndpoint: string;
  /** Puts sessions and connections into their tables, past the record. */
  store(items: readonly object[]): Promise<void>;
  /** Empties the tables. */
  clear(): Promise<void>;
  /** The requests that are made while something runs: `UpdateItem Sessions`, `POST listener-1`. */
  during(run: () => Promise<unknown>): Promise<string[]>;
  stop(): Promise<void>;
}

export async function startAwsCalls(): Promise<AwsCalls> {
  const calls: string[] = [];
  const dynamo = await startTestDatabase();
  const management = await startManagementServer({ onRequest: (request) => void calls.push(request) });
  // In front of the embedded DynamoDB, so that what is counted are requests on the wire, the SDK's own repetitions included.
  const proxy = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const operation = String(request.headers['x-amz-target']).split('.')[1];
    const { TableName, RequestItems } = JSON.parse(body) as { TableName?: string; RequestItems?: object };
    calls.push(`${operation} ${TableName ?? Object.keys(RequestItems ?? {}).join(' ')}`);
    const answer = await fetch(dynamo.endpoint, { method: 'POST', headers: headersOf(request.headers), body });
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(await answer.text());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const client = dynamo.createClient();
  return {
    databaseEndpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    managementEndpoint: management.endpoint,
    async store(items) {
      for (const item of items) {
        const TableName = 'speakerUserId' in item ? 'Sessions' : 'Connections';
        await client.send(new PutItemCommand({ TableName, Item: marshall(item) }));
      }
    },
    clear: dynamo.clear,
    async during(run) {
      calls.length = 0;
      await run();
      return calls.slice();
    },
    async stop() {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
      await Promise.all([dynamo.stop(), management.stop()]);
    },
  };
}

const headersOf = (headers: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    ['authorization', 'x-amz-target', 'x-amz-date', 'content-type'].map((name) => [name, String(headers[name])]),
  );
