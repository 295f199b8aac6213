import { ServiceError } from '../protocol/index.ts';

/** What the authorizer found out at the handshake. */
export type Identity =
  | { readonly kind: 'anonymous' }
  /** `tokenExpiresAt`: epoch milliseconds */
  | { readonly kind: 'speaker'; readonly userId: string; readonly tokenExpiresAt: number }
  /** There was a token, and the issuer's keys could not be fetched: nothing is known about it. */
  | { readonly kind: 'unchecked' };

const RETRY_UNCHECKED_AFTER_SECONDS = 2;

/**
 * Returns the user ID of a speaker whose token is still valid. The authorizer is asked at the handshake only, so a token
 * can expire on an open connection.
 * @throws {ServiceError} UNAUTHORIZED, TOKEN_EXPIRED, SERVICE_UNAVAILABLE (connect again: the token could not be checked)
 */
export function requireSpeaker(identity: Identity, nowMs: number): string {
  if (identity.kind === 'anonymous') {
    throw new ServiceError('UNAUTHORIZED', 'Only a signed-in speaker may do this: connect with a token');
  }
  if (identity.kind === 'unchecked') {
    throw new ServiceError('SERVICE_UNAVAILABLE', 'The token could not be checked: connect again', {
      retryAfterSeconds: RETRY_UNCHECKED_AFTER_SECONDS,
    });
  }
  if (identity.tokenExpiresAt <= nowMs) {
    throw new ServiceError(
      'TOKEN_EXPIRED',
      'The token of this connection has expired: refresh the connection with a fresh one',
    );
  }
  return identity.userId;
}
