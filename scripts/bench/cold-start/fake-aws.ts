import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Surroundings } from './subjects.ts';

const USER_POOL_ID = 'us-east-1_BENCH0001';
const CLIENT_ID = 'bench-client';

export interface FakeAws extends Surroundings {
  stop(): Promise<void>;
}

/**
 * The least of AWS that lets a function take its usual way: DynamoDB that answers every operation with a listener's
 * item of a live session, and the keys of a user pool with a token of it. Nothing is stored.
 */
export async function startFakeAws(): Promise<FakeAws> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'RS256', use: 'sig' }] };
  const token = signToken((data) => sign('RSA-SHA256', data, privateKey));

  const server = createServer((request, response) => {
    const operation = String(request.headers['x-amz-target'] ?? '').split('.')[1];
    request.resume().on('end', () => {
      const answer = request.method === 'GET' ? jwks : answers[operation ?? ''];
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

const now = () => String(Date.now());

/** At once a connection, a session and a counter: every function finds in it what it looks for. */
const item = {
  connectionId: { S: 'TXzPWdnOjoECGjA=' },
  sessionId: { S: 'faithful-shepherd-123' },
  role: { S: 'listener' },
  targetLanguage: { S: 'es' },
  supersededLanguage: { S: 'es' },
  connectedAt: { N: now() },
  lastHeartbeatAt: { N: now() },
  count: { N: '1' },
  isActive: { BOOL: true },
  listenerCount: { N: '1' },
  speakerConnectionId: { S: 'TXzPWdnOjoECGjA=' },
  createdAt: { N: now() },
  expiresAt: { N: String(Date.now() + 3_600_000) },
};

const answers: Record<string, object> = {
  GetItem: { Item: item },
  PutItem: {},
  UpdateItem: { Attributes: item },
  DeleteItem: { Attributes: item },
  Query: { Items: [item], Count: 1, ScannedCount: 1 },
  Scan: { Items: [item], Count: 1, ScannedCount: 1 },
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
