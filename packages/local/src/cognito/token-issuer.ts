import { createHash, randomUUID } from 'node:crypto';
import { type JWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import type { Clock } from '../clock.ts';
import type { UserPool } from '../stack/model.ts';
import type { SigningKeys, TokenUse } from './signing-keys.ts';

/** Cognito's default lifetime of a token. */
const DEFAULT_LIFETIME_SECONDS = 3600;
const POOL_ID = /^[\w-]+_[0-9a-zA-Z]+$/;

export interface TokenRequest {
  readonly username: string;
  /** Default: the stack's first user pool. */
  readonly userPoolId?: string;
  /** Default: the pool's first client. */
  readonly clientId?: string;
  /** Default: the client's own, else an hour. Negative: a token that has expired. */
  readonly expiresInSeconds?: number;
  /** Default: `access`. */
  readonly tokenUse?: TokenUse;
  /** Space-separated, as in the claim. */
  readonly scope?: string;
  /** Replace or add claims; undefined removes one. For tests of bad tokens. */
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** Replace or add header fields, e.g. `kid`. */
  readonly header?: Readonly<Partial<JWTHeaderParameters>>;
}

/** Issues tokens as Cognito does: its issuer, claims and keys' form. */
export interface TokenIssuer {
  /** @throws {TypeError} neither the stack nor the request names a user pool or client */
  issueToken(request: TokenRequest): Promise<string>;
  /** The public keys, as `jwks.json` has them. */
  readonly jwks: { readonly keys: JWK[] };
  /** The public keys of an issuer, if it is a user pool of the stack's region: its tokens are signed here. */
  keysOf(issuer: string): TokenIssuer['jwks'] | undefined;
  /** `https://cognito-idp.<region>.amazonaws.com/<poolId>` @param userPoolId default: the stack's first */
  issuer(userPoolId?: string): string;
}

export interface TokenIssuerOptions {
  readonly keys: SigningKeys;
  readonly region: string;
  /** Empty when the stack uses pools of elsewhere: requests then name pool and client, or the defaults do. */
  readonly userPools: readonly UserPool[];
  readonly defaultUserPoolId?: string;
  readonly defaultClientId?: string;
  readonly clock: Clock;
}

export function createTokenIssuer(options: TokenIssuerOptions): TokenIssuer {
  const { keys, region, userPools, clock } = options;

  const poolIdOr = (userPoolId?: string): string => {
    const id = userPoolId ?? options.defaultUserPoolId ?? userPools[0]?.id;
    if (id === undefined) throw new TypeError('The stack has no user pool: name one with userPoolId');
    return id;
  };
  const issuer = (userPoolId?: string): string => `https://cognito-idp.${region}.amazonaws.com/${poolIdOr(userPoolId)}`;

  const jwks = { keys: [keys.access.publicJwk, keys.id.publicJwk] };
  const poolIssuers = `https://cognito-idp.${region}.amazonaws.com/`;

  return {
    jwks,
    issuer,
    keysOf: (given) =>
      given.startsWith(poolIssuers) && POOL_ID.test(given.slice(poolIssuers.length)) ? jwks : undefined,
    async issueToken(request) {
      const { username, tokenUse = 'access', scope = 'aws.cognito.signin.user.admin', overrides = {} } = request;
      const userPoolId = poolIdOr(request.userPoolId);
      const clients = userPools.find(({ id }) => id === userPoolId)?.clients ?? [];
      const clientId = request.clientId ?? options.defaultClientId ?? clients[0]?.id;
      if (clientId === undefined) throw new TypeError(`User pool ${userPoolId} has no client: name one with clientId`);
      const lifetimeSeconds =
        request.expiresInSeconds ??
        clients.find(({ id }) => id === clientId)?.accessTokenSeconds ??
        DEFAULT_LIFETIME_SECONDS;
      const nowSeconds = Math.floor(clock.nowMs() / 1000);
      const { kid, privateKey } = keys[tokenUse];
      const claims: JWTPayload = {
        sub: subjectOf(userPoolId, username),
        ...(tokenUse === 'access'
          ? { client_id: clientId, scope, username }
          : { aud: clientId, 'cognito:username': username }),
        iss: issuer(userPoolId),
        token_use: tokenUse,
        origin_jti: randomUUID(),
        jti: randomUUID(),
        auth_time: nowSeconds,
        iat: nowSeconds,
        exp: nowSeconds + lifetimeSeconds,
        ...overrides,
      };
      // JSON leaves out what is undefined: that is how an override removes a claim.
      return new SignJWT(claims).setProtectedHeader({ kid, alg: 'RS256', ...request.header }).sign(privateKey);
    },
  };
}

/** The same user has the same `sub` (a UUID) in every run: their sessions stay theirs. */
function subjectOf(userPoolId: string, username: string): string {
  const hex = createHash('sha256').update(`${userPoolId}/${username}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
