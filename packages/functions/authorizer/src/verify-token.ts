import { JwtVerifier } from 'aws-jwt-verify';
import { CognitoJwtVerifier } from 'aws-jwt-verify/cognito-verifier';
import {
  CognitoJwtInvalidClientIdError,
  CognitoJwtInvalidTokenUseError,
  FetchError,
  JwksValidationError,
  JwkValidationError,
  JwtExpiredError,
  JwtInvalidAudienceError,
  JwtInvalidIssuerError,
  JwtInvalidSignatureAlgorithmError,
  JwtInvalidSignatureError,
  JwtNotBeforeError,
  JwtParseError,
  JwtWithoutValidKidError,
  KidNotFoundInJwksError,
  ParameterValidationError,
  WaitPeriodNotYetEndedJwkError,
} from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import type { TokenSource } from './config.ts';
import { createEndpointFetcher, createFetcher } from './endpoint-fetcher.ts';

/** The token itself is at fault: it is expired, forged, somebody else's, or no token at all. */
export class BadTokenError extends Error {
  override readonly name = 'BadTokenError';
}

export interface VerifiedToken {
  /** The claim `sub`. */
  readonly userId: string;
  /** The claim `exp`, epoch seconds. */
  readonly expiresAtSeconds: number;
}

/** @throws {BadTokenError} everything else that it throws is not the token's fault */
export type VerifyToken = (token: string) => Promise<VerifiedToken>;

/** Verifies tokens of a Cognito user pool (access tokens of one client), or of any OpenID Connect issuer. */
export function createVerifyToken(source: TokenSource): VerifyToken {
  const verifier = createVerifier(source);
  return async (token) => {
    try {
      const { sub, exp } = await verifier.verify(token);
      if (typeof sub !== 'string' || sub === '') throw new BadTokenError('The token names no user');
      return { userId: sub, expiresAtSeconds: Number(exp) };
    } catch (cause) {
      if (isOurFault(cause)) throw cause;
      if (cause instanceof BadTokenError) throw cause;
      throw new BadTokenError(reasonOf(cause), { cause });
    }
  };
}

/**
 * What was wrong, for the log: in words of ours, since the library's messages quote the token, and the names of its
 * classes do not survive minification.
 */
const REASONS = [
  [JwtExpiredError, 'expired'],
  [JwtNotBeforeError, 'not valid yet'],
  [CognitoJwtInvalidClientIdError, 'of another client'],
  [JwtInvalidAudienceError, 'for another audience'],
  [CognitoJwtInvalidTokenUseError, 'not an access token'],
  [JwtInvalidSignatureAlgorithmError, 'signed with another algorithm than its key is for'],
  [JwtInvalidSignatureError, 'signature does not match'],
  [KidNotFoundInJwksError, 'signed with an unknown key'],
  [WaitPeriodNotYetEndedJwkError, 'signed with an unknown key'],
  [JwtWithoutValidKidError, 'names no key'],
  [ParameterValidationError, 'of another issuer'],
  [JwtInvalidIssuerError, 'of another issuer'],
  [JwtParseError, 'not a token'],
] as const;

const reasonOf = (error: unknown): string => REASONS.find(([type]) => error instanceof type)?.[1] ?? 'refused';

type Payload = { readonly sub?: unknown; readonly exp?: unknown };
type Verifier = { verify(token: string): Promise<Payload> };

function createVerifier(source: TokenSource): Verifier {
  // aws-jwt-verify accepts a token that never expires.
  const customJwtCheck = ({ payload }: { payload: Payload }) => {
    if (typeof payload.exp !== 'number') throw new BadTokenError('The token has no expiry');
  };
  if (source.kind === 'oidc') {
    const { issuer, audience, jwksUri } = source;
    const properties = { issuer, audience, ...(jwksUri ? { jwksUri } : {}), customJwtCheck };
    // The library's own fetcher knows only https; an issuer on a private network may have nothing else than http.
    return (jwksUri ?? issuer).startsWith('http:')
      ? JwtVerifier.create(properties, { jwksCache: new SimpleJwksCache({ fetcher: createFetcher() }) })
      : JwtVerifier.create(properties);
  }
  const { userPoolId, clientId, endpoint } = source;
  const properties = { userPoolId, clientId, tokenUse: 'access', customJwtCheck } as const;
  return endpoint === undefined
    ? CognitoJwtVerifier.create(properties)
    : CognitoJwtVerifier.create(properties, {
        jwksCache: new SimpleJwksCache({ fetcher: createEndpointFetcher(endpoint) }),
      });
}

/**
 * The issuer's keys cannot be had now: nothing is known about the token. The `TypeError` is Node.js's, for an address.
 * `WaitPeriodNotYetEndedJwkError` is not among them: the library fetched the keys within the last ten seconds, and the
 * token's was not there. Whoever invents key IDs must not get to raise an alarm.
 */
const isOurFault = (error: unknown): boolean =>
  error instanceof FetchError ||
  error instanceof JwksValidationError ||
  error instanceof JwkValidationError ||
  error instanceof TypeError;
