import type { JSONWebKeySet, JWK } from 'jose';
import type { Clock } from '../../clock.ts';
import { isRecord } from '../policy.ts';

/** Of each of the two endpoints, milliseconds. @see "Quotas for configuring and running an HTTP API" */
const FETCH_TIMEOUT_MS = 1500;
/** Of the key set. @see the same */
const MAX_KEY_SET_BYTES = 150_000;
/** "API Gateway can cache the public key for two hours." @see "Control access to HTTP APIs with JWT authorizers" */
const CACHE_MS = 2 * 3600 * 1000;
/** An unknown key lets the set be fetched again, but not more often: how AWS does it is UNCONFIRMED. */
const MIN_FETCH_SPACING_MS = 60_000;

/** The issuer cannot be reached, or answers something else: the token is not at fault. */
export class IssuerError extends Error {
  override readonly name = 'IssuerError';
}

export interface IssuerKeysOptions {
  readonly clock: Clock;
  /** The keys of an issuer that this machine has. */
  readonly localKeysOf?: ((issuer: string) => JSONWebKeySet | undefined) | undefined;
}

/** Finds the public keys of issuers. */
export interface IssuerKeys {
  /** @returns undefined: the issuer has no such key @throws {IssuerError} */
  find(issuer: string, kid: string): Promise<JWK | undefined>;
}

interface CachedKeys {
  readonly fetchedAtMs: number;
  readonly keys: Promise<readonly JWK[]>;
}

/** Keys come from this machine, or through the issuer's OpenID Connect discovery; fetched ones are kept for two hours. */
export function createIssuerKeys({ clock, localKeysOf }: IssuerKeysOptions): IssuerKeys {
  const cache = new Map<string, CachedKeys>();

  function fetched(issuer: string, atMostMsOld: number): Promise<readonly JWK[]> {
    const cached = cache.get(issuer);
    if (cached && clock.nowMs() - cached.fetchedAtMs < atMostMsOld) return cached.keys;
    const keys = fetchKeys(issuer);
    cache.set(issuer, { fetchedAtMs: clock.nowMs(), keys });
    // What failed is not kept.
    keys.catch(() => cache.delete(issuer));
    return keys;
  }

  return {
    async find(issuer, kid) {
      const isIt = (key: JWK): boolean => key.kid === kid;
      const local = localKeysOf?.(issuer);
      if (local) return local.keys.find(isIt);
      const known = (await fetched(issuer, CACHE_MS)).find(isIt);
      return known ?? (await fetched(issuer, MIN_FETCH_SPACING_MS)).find(isIt);
    },
  };
}

async function fetchKeys(issuer: string): Promise<readonly JWK[]> {
  const discovery = await fetchJson(
    `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    'OIDC discovery endpoint',
  );
  if (!isRecord(discovery) || typeof discovery.jwks_uri !== 'string') {
    throw new IssuerError(`The discovery document of ${issuer} has no jwks_uri`);
  }
  const set = await fetchJson(discovery.jwks_uri, 'JWKS endpoint');
  if (!isRecord(set) || !Array.isArray(set.keys)) throw new IssuerError(`${discovery.jwks_uri} has no keys`);
  return set.keys.filter((key) => isRecord(key)) as JWK[];
}

async function fetchJson(url: string, what: string): Promise<unknown> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    const text = await response.text();
    if (!response.ok) throw new Error(`status ${response.status}`);
    if (Buffer.byteLength(text) > MAX_KEY_SET_BYTES) throw new Error(`more than ${MAX_KEY_SET_BYTES} bytes`);
    return JSON.parse(text);
  } catch (cause) {
    throw new IssuerError(`${what} communication error: ${url}`, { cause });
  }
}
