import type { EndReason, ServerMessage } from '../protocol/index.ts';
import type { Connection, Place, Session, Suspicion } from './model.ts';

/** Where the time comes from. */
export interface Clock {
  /** epoch milliseconds */
  nowMs(): number;
}

/**
 * Sessions, as stored. Every method that changes something is one conditional write; `undefined` or `false` says
 * that the condition did not hold, and nothing was changed.
 * @throws {ServiceError} SERVICE_UNAVAILABLE: the database does not answer
 */
export interface SessionRepository {
  /** False if the ID is taken. Repeating the same call (same ID, connection and time) succeeds again. */
  create(session: Session): Promise<boolean>;
  /** Takes back a session that this connection has just created and told nobody about. */
  discard(sessionId: string, speakerConnectionId: string): Promise<void>;
  /** The session as it is now, strongly consistent. */
  find(sessionId: string): Promise<Session | undefined>;
  /** Takes a place, if the session is live and has one. @returns the session with the place taken */
  addListener(change: { sessionId: string; nowMs: number; capacity: number }): Promise<Session | undefined>;
  /**
   * Gives a place back; the count never goes below zero. Not retried: twice would oversell the session.
   * @returns the session with the place given back
   */
  removeListener(sessionId: string): Promise<Session | undefined>;
  /**
   * Takes on to push the session's status to its speaker, if it is active and nobody has since `notAfter`.
   * @returns the session as it is now
   */
  claimStatusPush(change: { sessionId: string; nowMs: number; notAfter: number }): Promise<Session | undefined>;
  /**
   * Makes the connection the speaker's, if the session is live and the user's, and takes on to push the status to it.
   * @returns the session as it was before
   */
  moveSpeaker(change: {
    sessionId: string;
    userId: string;
    connectionId: string;
    nowMs: number;
    expiresAt: number;
  }): Promise<Session | undefined>;
  /** Undoes `moveSpeaker`, unless the speaker has moved on: a grace period that ran, runs on. */
  moveSpeakerBack(change: {
    sessionId: string;
    from: string;
    before: Pick<Session, 'speakerConnectionId' | 'expiresAt' | 'speakerLostAt'>;
  }): Promise<void>;
  /** Starts the grace period, if this is still the speaker's connection. */
  markSpeakerLost(change: { sessionId: string; connectionId: string; nowMs: number }): Promise<Session | undefined>;
  /**
   * Ends the session, if it is active and `only` holds. Its count becomes zero.
   * @returns the session as it was before
   */
  end(change: {
    sessionId: string;
    reason: EndReason;
    nowMs: number;
    only?: { speakerConnectionId?: string; speakerLostAt?: number; expiredBy?: number };
  }): Promise<Session | undefined>;
  /** Notes, or forgets, what a sweep suspects. */
  suspect(sessionId: string, suspicion: Suspicion | undefined): Promise<void>;
  /** Sets the count, if it is still `from`, and forgets the suspicion. */
  correctCount(change: { sessionId: string; from: number; to: number }): Promise<boolean>;
  /** All sessions, page by page. */
  pages(): AsyncIterable<Session[]>;
}

/** Connections, as stored; the same promises as for sessions. */
export interface ConnectionRepository {
  /** False if the connection already has a role. */
  create(connection: Connection): Promise<boolean>;
  /** The connection as it is now, strongly consistent. */
  find(connectionId: string): Promise<Connection | undefined>;
  /** @returns the connection as it was, or `undefined` if there was none */
  remove(connectionId: string): Promise<Connection | undefined>;
  /** Removes the connection unless it has been heard since. @returns the connection as it was at that moment */
  removeIfSilentSince(connectionId: string, lastHeartbeatAt: number): Promise<Connection | undefined>;
  /** Removes many, without condition. */
  removeAll(connectionIds: readonly string[]): Promise<void>;
  /**
   * Notes that the connection is alive, if it has a role and beats no faster than allowed: the heartbeat before the
   * last one must be from before `earliestLastButOne`.
   * @returns the connection as it is now
   */
  recordHeartbeat(change: {
    connectionId: string;
    nowMs: number;
    earliestLastButOne: number;
  }): Promise<(Connection & HeartbeatHistory) | undefined>;
  /** When the connection was last heard, for telling why a heartbeat was refused. */
  findHeartbeats(connectionId: string): Promise<(Connection & HeartbeatHistory) | undefined>;
  /**
   * Notes that a speaker asks for the session's status, if it asks no more often than allowed: the request before the
   * last one must be from before `earliestLastButOne`. @returns the connection as it is now
   */
  recordStatusRequest(change: {
    connectionId: string;
    nowMs: number;
    earliestLastButOne: number;
  }): Promise<(Connection & StatusRequestHistory) | undefined>;
  /** When the connection last asked, for telling why it was refused. */
  findStatusRequests(connectionId: string): Promise<(Connection & StatusRequestHistory) | undefined>;
  /**
   * Hands a listener's place to another connection: out of the index, marked with its successor.
   * Repeating it for the same successor succeeds again. @returns the old connection as it is now
   */
  supersede(change: { connectionId: string; sessionId: string; supersededBy: string }): Promise<Connection | undefined>;
  /** Undoes `supersede`, if the place was handed to this successor. */
  restore(change: { connectionId: string; supersededBy: string }): Promise<void>;
  /** The listeners that hold a place, page by page, from the index: eventually consistent. */
  listenerPages(sessionId: string): AsyncIterable<Place[]>;
  /** All connections that hold a role, page by page. */
  pages(): AsyncIterable<Connection[]>;
}

export interface HeartbeatHistory {
  readonly lastButOneHeartbeatAt?: number;
}

export interface StatusRequestHistory {
  readonly lastStatusAt?: number;
  readonly lastButOneStatusAt?: number;
}

/** Counts operations of a subject in fixed windows. */
export interface RateLimiter {
  /**
   * Counts one. Never fails: when the counter cannot be reached, the limit is open.
   * @returns how many it was in this window, and the seconds until the window ends
   */
  count(check: { operation: LimitedOperation; subject: string; windowSeconds: number }): Promise<RateCount>;
}
export type LimitedOperation = 'connect' | 'createSession' | 'failedJoin';
export interface RateCount {
  readonly count: number;
  readonly secondsLeft: number;
}

/** What became of one message to many connections. Every connection is in exactly one list. */
export interface FanOutReport {
  readonly delivered: readonly string[];
  /** The sockets that are no longer there: an outcome, not a failure. */
  readonly gone: readonly string[];
  /** Still refused after all attempts. */
  readonly failed: readonly string[];
}

export interface Addressed {
  readonly connectionId: string;
  readonly message: ServerMessage;
}

/** Messages from the service to connections. */
export interface Push {
  /** @returns false if the socket is gone. @throws {ServiceError} SERVICE_UNAVAILABLE after all attempts */
  send(connectionId: string, message: ServerMessage): Promise<boolean>;
  /** Sends one message to many, with bounded concurrency; never throws for what happens to single connections. */
  fanOut(connectionIds: readonly string[], message: ServerMessage): Promise<FanOutReport>;
  /** As `fanOut`, with a message of its own to each. */
  sendEach(messages: readonly Addressed[]): Promise<FanOutReport>;
  /** Closes the socket; closing one that is gone does nothing. */
  close(connectionId: string): Promise<void>;
  /**
   * Looks up when the connection was last active.
   * @returns epoch milliseconds, or `undefined` if the socket is gone
   * @throws {ServiceError} SERVICE_UNAVAILABLE after all attempts
   */
  lastActiveAt(connectionId: string): Promise<number | undefined>;
}

/** Figures that the use cases report; `core/lambda` turns them into CloudWatch metrics. */
export interface Meter {
  fanOut(report: FanOutReport): void;
  gauges(values: { activeSessions: number; totalListeners: number }): void;
  rateLimitExceeded(operation: LimitedOperation | 'heartbeat' | 'getSessionStatus'): void;
}
