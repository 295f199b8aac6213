import type { BackoffOptions } from './backoff.ts';

/** How patient the SDK is. All in milliseconds. */
export interface Timing {
  /** For a handshake, and for the reply to a request. A cold start of a function and its own retries fit. */
  readonly requestTimeoutMs: number;
  readonly ackTimeoutMs: number;
  /**
   * How long the first connection is tried for while there is no answer, or one that says nothing of when to ask again. A
   * wait that the service asks for (a rate limit, something unavailable) lasts until it is over.
   */
  readonly connectTimeoutMs: number;
  /** How long the old connection stays open after the place has moved: a fan-out that began before takes as long. */
  readonly overlapMs: number;
  readonly reconnect: Pick<BackoffOptions, 'baseMs' | 'maxMs'>;
  readonly refresh: Pick<BackoffOptions, 'baseMs' | 'maxMs'>;
}

const common = {
  overlapMs: 5000,
  refresh: { baseMs: 2000, maxMs: 60_000 },
} as const;

/** A speaker must be back within the grace period. */
export const speakerTiming: Timing = {
  ...common,
  requestTimeoutMs: 10_000,
  ackTimeoutMs: 10_000,
  connectTimeoutMs: 30_000,
  reconnect: { baseMs: 500, maxMs: 5000 },
};

/**
 * Listeners are many, and arrive or are cut together: thousands behind one address are spread over seconds, and a slow
 * answer is waited for (API Gateway gives one within 29 s), since each new handshake would make it slower.
 */
export const listenerTiming: Timing = {
  ...common,
  requestTimeoutMs: 30_000,
  ackTimeoutMs: 20_000,
  connectTimeoutMs: 120_000,
  reconnect: { baseMs: 5000, maxMs: 30_000 },
};
