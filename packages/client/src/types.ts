/**
 * What applications see of the protocol, written out: an application needs neither the package that holds the protocol
 * nor what its schemas are made with. A test holds the two together.
 */

import type { SessionsError } from './errors.ts';

/**
 * Why a session ended, as the service says:
 * - `speakerEnded`: the speaker ended it
 * - `speakerLeft`: the speaker closed the connection
 * - `speakerLost`: the speaker's connection was lost, and nobody came back within the grace period
 * - `expired`: the session reached its maximum duration
 */
export type EndReason = 'speakerEnded' | 'speakerLeft' | 'speakerLost' | 'expired';

/**
 * Why it is over for this client: besides the service's reasons, this client left or was aborted, or it was away when
 * the session ended and cannot know why (`unknown`).
 */
export type OverReason = EndReason | 'left' | 'aborted' | 'unknown';

export type QualityTier = 'standard' | 'premium';

/** One fact about what was wrong with a message: which field, and what would be right. */
export interface ProblemDetail {
  readonly field?: string | undefined;
  readonly problem: string;
  readonly allowed?: readonly string[] | undefined;
}

/** How a session is. Times are epoch milliseconds of the service's clock. */
export interface SessionStatus {
  readonly sessionId: string;
  readonly state: 'active' | 'interrupted' | 'ended';
  readonly listenerCount: number;
  /** How many listen in which language; only those with a listener. */
  readonly listenersByLanguage: Readonly<Record<string, number>>;
  readonly createdAt: number;
  /** When the session ends unless the speaker's connection is refreshed before. */
  readonly expiresAt: number;
  readonly durationSeconds: number;
  readonly timestamp: number;
}

/** A place in a session, as the service has confirmed it. */
export interface Place {
  readonly connectionId: string;
  /** Known from the first reply; a refresh does not say it again. */
  readonly heartbeatIntervalSeconds?: number;
}

/** The service's word that a session was created. */
export interface CreatedSession extends Place {
  readonly sessionId: string;
  readonly sourceLanguage: string;
  readonly qualityTier: QualityTier;
  readonly createdAt: number;
}

/** The service's word that a session was joined. */
export interface JoinedSession extends Place {
  readonly sessionId: string;
  readonly sourceLanguage: string;
  readonly targetLanguage: string;
}

export interface Retry {
  readonly error: SessionsError;
  /** Failed attempts so far. */
  readonly attempt: number;
  readonly delayMs: number;
}
