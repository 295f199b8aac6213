import type { HttpEvent } from '@sessions/core/lambda';
import { ServiceError } from '@sessions/core/protocol';
import type { Identity } from '@sessions/core/sessions';

/**
 * Returns whose access token a request came with. The authorizer of API Gateway has verified signature, issuer, audience
 * and expiry; of a Cognito user pool it takes ID tokens as well, which say who somebody is, and not what a client may do.
 * @throws {ServiceError} UNAUTHORIZED: not an access token, or it names no user
 * @throws {Error} the route has no authorizer: it must not be served without one
 * @see "Control access to HTTP APIs with JWT authorizers", Amazon API Gateway Developer Guide
 */
export function identityOfToken({ requestContext: { authorizer }, routeKey }: HttpEvent): Identity {
  if (!authorizer?.jwt) throw new Error(`The route ${routeKey} must have a JWT authorizer`);
  const { sub, exp, token_use: tokenUse } = authorizer.jwt.claims;
  // Tokens of other issuers than Cognito do not have the claim.
  if (tokenUse !== undefined && tokenUse !== 'access') {
    throw new ServiceError('UNAUTHORIZED', 'The token is not an access token: send one, and not an ID token', {
      details: [{ field: 'authorization', problem: 'must be an access token' }],
    });
  }
  if (typeof sub !== 'string' || sub === '') {
    throw new ServiceError('UNAUTHORIZED', 'The token names no user (claim sub): send the access token of a user', {
      details: [{ field: 'authorization', problem: 'must be the access token of a user' }],
    });
  }
  const expiresAtSeconds = Number(exp);
  return {
    kind: 'speaker',
    userId: sub,
    tokenExpiresAt: Number.isFinite(expiresAtSeconds) ? expiresAtSeconds * 1000 : 0,
  };
}
