import { compactVerify, decodeProtectedHeader, importJWK } from 'jose';
import type { Clock } from '../../clock.ts';
import type { JwtAuthorization } from '../../stack/model.ts';
import { isRecord } from '../policy.ts';
import { IssuerError, type IssuerKeys } from './issuer-keys.ts';

/** "Currently, only RSA-based algorithms are supported." @see "Control access to HTTP APIs with JWT authorizers" */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];

export type Claims = Readonly<Record<string, unknown>>;

/** What a token says, or why it is refused, as `error_description` tells. */
export type JwtVerdict = { readonly claims: Claims; readonly scopes: readonly string[] } | { readonly problem: string };

/**
 * Verifies a token as a JWT authorizer does: algorithm and signature, `iss`, `aud` (or else `client_id`), `exp`, `nbf`, `iat`.
 * Scopes are for the caller to compare. Of the descriptions only that of the audience is documented; the others are
 * UNCONFIRMED.
 * @see "Control access to HTTP APIs with JWT authorizers" and "Troubleshooting issues with HTTP API JWT authorizers"
 */
export async function verifyJwt(
  token: string,
  { issuer, audience }: Pick<JwtAuthorization, 'issuer' | 'audience'>,
  { keys, clock }: { readonly keys: IssuerKeys; readonly clock: Clock },
): Promise<JwtVerdict> {
  const claims = await verifiedClaims(token, issuer, keys);
  if (typeof claims === 'string') return { problem: claims };
  const nowSeconds = clock.nowMs() / 1000;
  const { iss, aud, client_id: clientId, exp, nbf, iat, scope, scp } = claims;
  if (iss !== issuer) return { problem: 'the token does not have a valid issuer' };
  const audiences = [aud ?? clientId].flat();
  if (!audiences.some((one) => audience.includes(String(one)))) {
    return { problem: 'the token does not have a valid audience' };
  }
  if (typeof exp !== 'number' || exp <= nowSeconds) return { problem: 'the token has expired' };
  if (nbf !== undefined && !(Number(nbf) <= nowSeconds)) return { problem: 'the token is not valid yet' };
  if (iat !== undefined && !(Number(iat) <= nowSeconds)) return { problem: 'the token is used before it was issued' };
  return { claims, scopes: [...scopesOf(scope), ...scopesOf(scp)] };
}

/** The claims of a token with a right signature; or what is wrong with it. */
async function verifiedClaims(token: string, issuer: string, keys: IssuerKeys): Promise<Claims | string> {
  if (token.split('.').length !== 3) return 'token contains an invalid number of segments';
  try {
    const { alg = 'none', kid } = decodeProtectedHeader(token);
    if (!ALGORITHMS.includes(alg)) return `signing method ${alg} is invalid`;
    if (typeof kid !== 'string') return 'the token has no kid';
    const jwk = await keys.find(issuer, kid);
    if (jwk?.kty !== 'RSA') return 'the issuer has no RSA key with the kid of the token';
    const { payload } = await compactVerify(token, await importJWK(jwk, alg), { algorithms: ALGORITHMS });
    const claims: unknown = JSON.parse(Buffer.from(payload).toString());
    return isRecord(claims) ? claims : 'the claims are no object';
  } catch (error) {
    if (error instanceof IssuerError) return error.message;
    return 'the token or its signature is invalid';
  }
}

/** A list, or a text with spaces between. */
function scopesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'string' ? value.split(' ').filter((scope) => scope !== '') : [];
}

/** The claims as the event has them: all as texts, a list as `[a b]`, an object as `map[a:b]` (both UNCONFIRMED). */
export function claimTexts(claims: Claims): Record<string, string> {
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, textOf(value)]));
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(' ')}]`;
  if (isRecord(value)) {
    return `map[${Object.entries(value)
      .map(([name, one]) => `${name}:${textOf(one)}`)
      .join(' ')}]`;
  }
  return String(value);
}
