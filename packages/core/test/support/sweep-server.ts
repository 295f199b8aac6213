/**
 * The tables with a world to sweep, in a process of their own: `sweep-server.ts '<JSON>'`. Writes its address in a line
 * when everything is stored, and ends with its standard input.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startDynamoDb } from '@sessions/local/dynamodb';
import { createTables, TABLE_NAMES } from './engine-tables.ts';

export interface World {
  readonly connections: number;
  readonly sessions: number;
  /** Of the connections: not heard for ten minutes. */
  readonly silent: number;
  /** Of the sessions: past their expiry. */
  readonly expired: number;
}

const world = JSON.parse(process.argv[2] ?? '{}') as World;
const now = Date.now();
const dynamoDb = startDynamoDb();
const put = (TableName: string, item: Record<string, string | number>) =>
  dynamoDb.call('PutItem', {
    TableName,
    Item: Object.fromEntries(
      Object.entries(item).map(([name, value]) => [
        name,
        typeof value === 'number' ? { N: String(value) } : { S: value },
      ]),
    ),
  });

await createTables((operation, input) => dynamoDb.call(operation, input));
const sessionIdOf = (number: number) => `faithful-shepherd-${number}`;
for (let number = 0; number < world.sessions; number++) {
  await put(TABLE_NAMES.sessions, {
    sessionId: sessionIdOf(number),
    part: 'session',
    speakerUserId: `user-${number}`,
    openSince: now - 60_000,
    sourceLanguage: 'en',
    qualityTier: 'standard',
    state: 'active',
    revision: 1,
    capacity: 500,
    createdAt: now - 60_000,
    expiresAt: number < world.expired ? now - 1000 : now + 3_600_000,
  });
}
const silentEvery = world.silent === 0 ? Number.POSITIVE_INFINITY : Math.floor(world.connections / world.silent);
for (let number = 0; number < world.connections; number++) {
  const isSilent = number % silentEvery === 0 && number / silentEvery < world.silent;
  await put(TABLE_NAMES.connections, {
    connectionId: `connection-${number}`,
    sessionId: sessionIdOf(number % Math.max(1, world.sessions)),
    // Speakers are removed by one write, without a shard to give a place back to.
    ...(isSilent
      ? { role: 'speaker', userId: 'user' }
      : { role: 'listener', targetLanguage: 'es', placeShard: `${now - 60_000}#${number % 40}` }),
    connectedAt: now - 60_000,
    lastHeartbeatAt: isSilent ? now - 600_000 : now,
    lastButOneHeartbeatAt: now - 30_000,
  });
}
const server = createServer(async (req, res) => {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const { statusCode, headers, body } = await dynamoDb.handle(req.headers, Buffer.concat(chunks));
  res.writeHead(statusCode, headers).end(body);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
process.stdin.resume();
process.stdin.once('end', () => process.exit());
