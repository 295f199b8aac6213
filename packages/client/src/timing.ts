import type { BackoffOptions } from './backoff.ts';

/** How patient the SDK is. All in milliseconds. */
export interface Timing {
  /** For a handshake, and for the reply to a request. A cold start of a function and a retry of the SDK in it fit. */
  readonly requestTimeoutMs: number;
  readonly ackTimeoutMs: number;
  /** How long the first connection is tried for. */
  readonly connectTimeoutMs: number;
  /** How long the old connection stays open after the place has moved: a fan-out that began before takes as long. */
  readonly overlapMs: number;
  readonly reconnect: Pick<BackoffOptions, 'baseMs' | 'maxMs'>;
  readonly refresh: Pick<BackoffOptions, 'baseMs' | 'maxMs'>;
}

const common = {
  requestTimeoutMs: 10_000,
  ackTimeoutMs: 10_000,
  connectTimeoutMs: 30_000,
  overlapMs: 5000,
  refresh: { baseMs: 2000, maxMs: 60_000 },
} as const;

/** A speaker must be back within the grace period. */
export const speakerTiming: Timing = { ...common, reconnect: { baseMs: 500, maxMs: 5000 } };

/** Listeners are many, and often cut together. */
export const listenerTiming: Timing = { ...common, reconnect: { baseMs: 2000, maxMs: 30_000 } };
