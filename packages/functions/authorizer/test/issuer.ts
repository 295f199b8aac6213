import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

export const POOL = 'eu-central-1_LOCAL0001';
export const ORIGINAL_ISSUER = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_LOCAL0001';
export const UPDATED_ISSUER = 'https://issuer-cognito-idp.eu-central-1.amazonaws.com/eu-central-1_LOCAL0001';

export interface MintOptions {
  /** Replaces claims of a good token; `undefined` leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: { readonly alg?: string; readonly kid?: string };
  readonly key?: Parameters<SignJWT['sign']>[0];
}

export interface TestIssuer {
  readonly endpoint: string;
  /** Paths that were fetched. */
  readonly fetched: string[];
  /** What the issuer answers instead of its keys. */
  answer: { status: number; body: string } | undefined;
  /** The public key as PEM: what an attacker would use as an HMAC secret. */
  readonly publicKeyPem: string;
  /** A Cognito access token of user-1, good unless the options say otherwise. */
  mint(options?: MintOptions): Promise<string>;
  stop(): Promise<void>;
}

/** Stands in for Cognito: its claims, signed by a key of its own, and its JWKS over http. */
export async function startIssuer(): Promise<TestIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'RS256', use: 'sig' }];
  const issuer: Omit<TestIssuer, 'endpoint' | 'stop'> = {
    fetched: [],
    answer: undefined,
    publicKeyPem: await exportSPKI(publicKey),
    mint({ claims = {}, header = {}, key = privateKey } = {}) {
      const now = Math.floor(Date.now() / 1000);
      const payload = {
        sub: 'user-1',
        iss: ORIGINAL_ISSUER,
        client_id: 'client-1',
        token_use: 'access',
        username: 'anna',
        iat: now,
        exp: now + 3600,
        ...claims,
      };
      return new SignJWT(JSON.parse(JSON.stringify(payload)) as JWTPayload)
        .setProtectedHeader({ alg: 'RS256', kid: 'key-1', ...header })
        .sign(key);
    },
  };
  const server = createServer((request, response) => {
    issuer.fetched.push(request.url ?? '');
    const { status, body } = issuer.answer ?? { status: 200, body: JSON.stringify({ keys }) };
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(issuer, {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
