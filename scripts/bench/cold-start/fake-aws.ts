import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SESSION_ID, SPEAKER_ID, type Surroundings } from './subjects.ts';

const USER_POOL_ID = 'us-east-1_BENCH0001';
const CLIENT_ID = 'bench-client';

export interface FakeAws extends Surroundings {
  stop(): Promise<void>;
}

/**
 * The least of AWS that lets a function take its usual way: DynamoDB that has a live session, its speaker and a listener,
 * whatever is asked for, a deliverer that delivers, and the keys of a user pool with a token of it. Nothing is stored.
 */
export async function startFakeAws(): Promise<FakeAws> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'RS256', use: 'sig' }] };
  const token = signToken((data) => sign('RSA-SHA256', data, privateKey));

  const server = createServer((request, response) => {
    const operation = String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
    text(request).then((body) => {
      const isInvocation = request.url?.endsWith('/invocations');
      const answer = isInvocation ? delivered : request.method === 'GET' ? jwks : answers[operation]?.(body);
      response.writeHead(answer ? 200 : 404, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(answer ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    endpoint: `http://127.0.0.1:${port}`,
    userPoolId: USER_POOL_ID,
    clientId: CLIENT_ID,
    token,
    async stop() {
      if (!server.listening) return;
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const createdAt = Date.now();
const number = (value: number) => ({ N: String(value) });

const session = {
  sessionId: { S: SESSION_ID },
  part: { S: 'session' },
  speakerUserId: { S: 'user-1' },
  speakerConnectionId: { S: SPEAKER_ID },
  speakerConnectedAt: number(createdAt),
  sourceLanguage: { S: 'en' },
  qualityTier: { S: 'standard' },
  state: { S: 'active' },
  broadcastState: { M: { paused: { BOOL: false }, muted: { BOOL: false }, volume: number(1) } },
  revision: number(1),
  capacity: number(500),
  createdAt: number(createdAt),
  expiresAt: number(createdAt + 3_600_000),
};
const places = {
  sessionId: { S: SESSION_ID },
  part: { S: `places#${createdAt}#0` },
  capacity: number(500),
  taken: number(1),
  joins: number(1),
  'lang:es': number(1),
};
const connection = {
  sessionId: { S: SESSION_ID },
  connectedAt: number(createdAt),
  lastHeartbeatAt: number(createdAt),
};
const speaker = { ...connection, connectionId: { S: SPEAKER_ID }, role: { S: 'speaker' }, userId: { S: 'user-1' } };
const listener = {
  ...connection,
  connectionId: { S: 'TXzPWdnOjoECGjA=' },
  role: { S: 'listener' },
  targetLanguage: { S: 'es' },
  placeShard: { S: `${createdAt}#0` },
};

/** The item that a key is about. */
function itemOf(body: string): object {
  const { Key = {} } = JSON.parse(body);
  if (Key.connectionId) return Key.connectionId.S === SPEAKER_ID ? speaker : listener;
  return Key.sessionId ? session : { count: number(1) };
}

/** What the deliverer answers. */
const delivered = { delivered: 1, gone: 0, failed: 0 };

/** Every session is there, and no channel has a message yet. */
function batchOf(body: string): object {
  const tables = Object.entries(JSON.parse(body).RequestItems as Record<string, { Keys: { sessionId?: object }[] }>);
  const found = tables.map(([table, { Keys }]) => [
    table,
    Keys.flatMap(({ sessionId }) => (sessionId ? [session] : [])),
  ]);
  return { Responses: Object.fromEntries(found) };
}

const nothing = () => ({});
const answers: Record<string, (body: string) => object> = {
  GetItem: (body) => ({ Item: itemOf(body) }),
  BatchGetItem: batchOf,
  PutItem: nothing,
  UpdateItem: (body) => ({ Attributes: itemOf(body) }),
  DeleteItem: (body) => ({ Attributes: itemOf(body) }),
  TransactWriteItems: nothing,
  Query: () => ({ Items: [places, session], Count: 2, ScannedCount: 2 }),
  Scan: () => ({ Items: [], Count: 0, ScannedCount: 0 }),
};

/** An access token as Cognito makes it, valid for an hour. */
function signToken(signData: (data: Buffer) => Buffer): string {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = `${encode({ alg: 'RS256', kid: 'bench' })}.${encode({
    sub: 'user-1',
    iss: `https://cognito-idp.us-east-1.amazonaws.com/${USER_POOL_ID}`,
    client_id: CLIENT_ID,
    token_use: 'access',
    iat: nowSeconds,
    exp: nowSeconds + 3600,
  })}`;
  return `${content}.${signData(Buffer.from(content)).toString('base64url')}`;
}
