import { JwtVerifier } from 'aws-jwt-verify';
import { CognitoJwtVerifier } from 'aws-jwt-verify/cognito-verifier';
import { FetchError, JwksValidationError, WaitPeriodNotYetEndedJwkError } from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import type { TokenSource } from './config.ts';
import { createEndpointFetcher } from './endpoint-fetcher.ts';

/** The token itself is at fault: it is expired, forged, somebody else's, or no token at all. */
export class BadTokenError extends Error {
  override readonly name = 'BadTokenError';
}

/** @returns the user's ID, the claim `sub`. @throws {BadTokenError} everything else that it throws is not the token's fault */
export type VerifyToken = (token: string) => Promise<string>;

/** Verifies tokens of a Cognito user pool (access tokens of one client), or of any OpenID Connect issuer. */
export function createVerifyToken(source: TokenSource): VerifyToken {
  const verifier = createVerifier(source);
  return async (token) => {
    try {
      const { sub } = await verifier.verify(token);
      if (typeof sub !== 'string' || sub === '') throw new BadTokenError('The token names no user');
      return sub;
    } catch (cause) {
      if (isOurFault(cause)) throw cause;
      throw new BadTokenError(cause instanceof Error ? cause.constructor.name : 'unknown', { cause });
    }
  };
}

type Payload = { readonly sub?: unknown; readonly exp?: unknown };
type Verifier = { verify(token: string): Promise<Payload> };

function createVerifier(source: TokenSource): Verifier {
  // aws-jwt-verify accepts a token that never expires.
  const customJwtCheck = ({ payload }: { payload: Payload }) => {
    if (typeof payload.exp !== 'number') throw new BadTokenError('The token has no expiry');
  };
  if (source.kind === 'oidc') {
    const { issuer, audience, jwksUri } = source;
    return JwtVerifier.create({ issuer, audience, ...(jwksUri ? { jwksUri } : {}), customJwtCheck });
  }
  const { userPoolId, clientId, endpoint } = source;
  const properties = { userPoolId, clientId, tokenUse: 'access', customJwtCheck } as const;
  return endpoint === undefined
    ? CognitoJwtVerifier.create(properties)
    : CognitoJwtVerifier.create(properties, {
        jwksCache: new SimpleJwksCache({ fetcher: createEndpointFetcher(endpoint) }),
      });
}

/** The issuer's keys cannot be had now: nothing is known about the token. The `TypeError` is Node.js's, for an address. */
const isOurFault = (error: unknown): boolean =>
  error instanceof FetchError ||
  error instanceof JwksValidationError ||
  error instanceof WaitPeriodNotYetEndedJwkError ||
  error instanceof TypeError;
