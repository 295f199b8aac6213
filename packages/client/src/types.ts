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
 * - `operatorEnded`: an operator of the service ended it
 */
export type EndReason = 'speakerEnded' | 'speakerLeft' | 'speakerLost' | 'expired' | 'operatorEnded';

/**
 * Why it is over for this client: besides the service's reasons, this client left or was aborted; another client of the
 * same speaker took the session over, in which it goes on (`replaced`); or this client was away when the session ended
 * and cannot know why (`unknown`).
 */
export type OverReason = EndReason | 'left' | 'aborted' | 'replaced' | 'unknown';

/** `scheduled`: created ahead of time, and the speaker has not come yet. */
export type SessionState = 'scheduled' | 'active' | 'interrupted' | 'ended';

/** What the speaker wants listeners to do with the audio. */
export interface BroadcastState {
  /** Nothing is broadcast for now. */
  readonly paused: boolean;
  /** The speaker's microphone is off. */
  readonly muted: boolean;
  /** How loud to play, from 0 to 1. */
  readonly volume: number;
}

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
  readonly state: SessionState;
  /** Raised by every change of the session. */
  readonly revision: number;
  readonly broadcastState: BroadcastState;
  readonly listenerCount: number;
  /** How many listen in which language; only those with a listener. */
  readonly listenersByLanguage: Readonly<Record<string, number>>;
  readonly createdAt: number;
  /** When the session ends unless the speaker's connection is refreshed before. */
  readonly expiresAt: number;
  readonly durationSeconds: number;
  readonly timestamp: number;
}

/** How a session is, as of one of its revisions. */
export interface SessionReport {
  readonly revision: number;
  readonly state: SessionState;
  /** Absent from the notification of an end. */
  readonly broadcastState?: BroadcastState | undefined;
  /** Of an interruption. */
  readonly graceSeconds?: number | undefined;
  /** Of an end. */
  readonly reason?: EndReason | undefined;
}

/** A place in a session, as the service has confirmed it. */
export interface Place extends SessionReport {
  readonly type: 'sessionCreated' | 'sessionJoined' | 'connectionRefreshComplete';
  readonly connectionId: string;
  readonly heartbeatIntervalSeconds: number;
  /** Names the numbering of the session's messages. */
  readonly epoch: number;
  /** The offset of the last message of each channel that the connection follows; 0: none yet. */
  readonly positions: Readonly<Record<string, number>>;
  /** Of a request that said what had been received: whether all that came after it was still held, and follows. */
  readonly recovered?: boolean | undefined;
}

/** The reply with which a speaker has a session. */
export interface CreatedSession extends Place {
  readonly sessionId: string;
  readonly sourceLanguage: string;
  readonly qualityTier: QualityTier;
  readonly createdAt: number;
  readonly joinKey?: string | undefined;
}

/** The reply with which a listener has a place. */
export interface JoinedSession extends Place {
  readonly sessionId: string;
  readonly sourceLanguage: string;
  readonly targetLanguage: string;
  /** To be sent with a refresh. */
  readonly place: string;
  /** Of a scheduled session: when it is to start, epoch milliseconds of the service's clock. */
  readonly startsAt?: number | undefined;
}

/**
 * What somebody published: to the listeners of a language, to all, or to the speaker. Each comes once, and those of a
 * channel come in order. Between channels there is no order.
 */
export interface ReceivedMessage<Data = unknown> {
  /** A target language, `all`, or `speaker`. */
  readonly channel: string;
  /** Names the numbering: offsets of another epoch cannot be compared. */
  readonly epoch: number;
  /** The position in the channel, from 1, without gaps. */
  readonly offset: number;
  /** Epoch milliseconds of the service's clock. */
  readonly publishedAt: number;
  /** What kind of message it is, in the publisher's words. */
  readonly name?: string | undefined;
  readonly data: Data;
}

/** Messages that will not come any more: the service holds what was published for about two minutes. */
export interface MessagesLost {
  readonly channel: string;
  /** The offset of the first one. */
  readonly from: number;
  /** The offset of the last one. */
  readonly to: number;
}

/** A message to publish. */
export interface Publication {
  /** A target language, or `all`. */
  readonly to: string;
  /** What kind of message it is, in your words: at most 64 characters. */
  readonly name?: string | undefined;
  /** Any JSON value. */
  readonly data: unknown;
  /** Publishing the same ID again changes nothing: at most 64 characters. Default: a new one. */
  readonly id?: string | undefined;
}

/** What became of a published message. */
export interface Receipt {
  readonly channel: string;
  readonly epoch: number;
  readonly offset: number;
  /** A message of this ID had been published already: it keeps its offset. */
  readonly repeated: boolean;
  /** Connections that took it. */
  readonly delivered: number;
  /** Connections that were no longer there. */
  readonly gone: number;
  /** Connections that did not take it in time: they get it when they ask for what they missed. */
  readonly failed: number;
}

/** An attempt begins. */
export interface Connecting {
  /** Failed attempts so far. */
  readonly attempt: number;
}

/** An attempt failed. */
export interface Retry {
  readonly error: SessionsError;
  /** Failed attempts so far. */
  readonly attempt: number;
  /** How long until the next attempt, milliseconds. */
  readonly delayMs: number;
}
