import type { EndReason, QualityTier, Role } from '../protocol/index.ts';

/** One broadcast. Times are epoch milliseconds. */
export interface Session {
  readonly sessionId: string;
  readonly speakerUserId: string;
  readonly speakerConnectionId: string;
  readonly sourceLanguage: string;
  readonly qualityTier: QualityTier;
  readonly isActive: boolean;
  /** Listeners that have a place. Never too low; too high for at most two sweeps after a crash. */
  readonly listenerCount: number;
  readonly createdAt: number;
  /** When the session ends by itself; moved on by each refresh of the speaker. */
  readonly expiresAt: number;
  /** Since when the speaker has been lost; absent while there is one. */
  readonly speakerLostAt?: number;
  /** When the speaker was last told of a change of the count, or was about to be. */
  readonly statusPushedAt?: number;
  readonly endedAt?: number;
  readonly endReason?: EndReason;
  /** What a sweep found wrong, to be mended by a later one if it is still so. */
  readonly suspicion?: Suspicion;
}

/** A mismatch that may be real, or only a join in flight: it counts once it has lasted. */
export interface Suspicion {
  readonly what: string;
  /** epoch milliseconds of the sweep that saw it first */
  readonly since: number;
}

/** One open socket that holds a role in a session. Times are epoch milliseconds. */
export interface Connection {
  readonly connectionId: string;
  readonly sessionId: string;
  readonly role: Role;
  /** Of a listener that has a place; a superseded one has none, which takes it out of the index. */
  readonly targetLanguage?: string;
  readonly userId?: string;
  readonly connectedAt: number;
  readonly lastHeartbeatAt: number;
  /** The connection that has taken over this one's place. */
  readonly supersededBy?: string;
  /** The connection whose place this one has taken over; tells a repeated refresh from one that asks for a second place. */
  readonly supersedes?: string;
  /** What `targetLanguage` was before; lets a refresh that failed half-way be repeated. */
  readonly supersededLanguage?: string;
}

/** One of a session's places, as the index lists it. */
export interface Place {
  readonly connectionId: string;
  readonly targetLanguage: string;
}

/** A listener that holds one of the session's places. */
export const holdsPlace = (connection: Connection): boolean =>
  connection.role === 'listener' && connection.supersededBy === undefined;

/** Whether the connection is this listener: what makes a repeated request harmless. */
export const isListenerOf = (connection: Connection | undefined, sessionId: string, targetLanguage: string): boolean =>
  connection !== undefined &&
  holdsPlace(connection) &&
  connection.sessionId === sessionId &&
  connection.targetLanguage === targetLanguage;
