import type { Identity } from '../../src/sessions/speaker-identity.ts';

/** A speaker whose token is good for a long time. */
export const speakerIdentity = (userId = 'user-1', tokenExpiresAt = 1_000_000_000): Identity => ({
  kind: 'speaker',
  userId,
  tokenExpiresAt,
});

/** A connection that was opened without a token. */
export const ANONYMOUS: Identity = { kind: 'anonymous' };

/** A connection whose token could not be checked. */
export const UNCHECKED: Identity = { kind: 'unchecked' };
