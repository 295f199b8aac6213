import type { BroadcastState, EndReason, ServerMessage } from '../protocol/index.ts';
import type { DeliveryTask } from './delivery-task.ts';
import type { LifecycleEvent } from './lifecycle-event.ts';
import type {
  Connection,
  Listener,
  ListenerConnection,
  PlacesShard,
  Session,
  SessionWithPlaces,
  SpeakerConnection,
} from './model.ts';

/** Where the time comes from. */
export interface Clock {
  /** epoch milliseconds */
  nowMs(): number;
}

/** Waits, in a use case that tries again. A port, so that tests and the explorer decide when time passes. */
export type Sleep = (milliseconds: number) => Promise<void>;

/**
 * Sessions and their places, as stored. Every method is one call to the database: a read, one conditional write, or one
 * transaction that changes everything it names or nothing. What a method returns says which condition did not hold.
 *
 * A transaction that meets another one in flight is repeated inside, except by `takePlace`, whose caller then chooses
 * another shard. Every write raises the session's `revision` by one.
 * @throws {ServiceError} SERVICE_UNAVAILABLE: the database does not answer, or conflicts did not cease in time
 */
export interface SessionRepository {
  /** Stores a new session, its shards and its speaker's connection, unless the user is denied. */
  create(change: {
    session: Session;
    shards: readonly PlacesShard[];
    speaker: SpeakerConnection;
  }): Promise<'created' | 'idTaken' | 'connectionHasRole' | 'speakerDenied'>;

  /**
   * Stores a session that has no speaker yet, its shards, and the list of its user's scheduled sessions, unless the user
   * is denied, or the list is no longer as it was.
   */
  schedule(change: {
    session: Session;
    shards: readonly PlacesShard[];
    listBefore: ScheduledList;
    /** Of the user, with this one. */
    entries: readonly ScheduledEntry[];
    /** epoch milliseconds after which nothing on the list can be scheduled any more */
    listKeptUntil: number;
  }): Promise<'scheduled' | 'idTaken' | 'speakerDenied' | 'listChanged'>;
  /** The list of a user's scheduled sessions, strongly consistent. */
  findScheduledList(userId: string): Promise<ScheduledList>;

  /** The session as it is now, strongly consistent. */
  find(sessionId: string): Promise<Session | undefined>;
  /** The session and its own shards (not those of an earlier session of this ID), strongly consistent, one query. */
  findWithPlaces(sessionId: string): Promise<SessionWithPlaces | undefined>;

  /** Takes a place of the connection's shard, if it is open and has room, and stores the connection, if it has no role. */
  takePlace(listener: ListenerConnection): Promise<'taken' | 'noRoom' | 'connectionHasRole' | 'conflict'>;
  /**
   * Removes the listener's connection and gives its place back, if it is as given (place and language).
   * @returns `changed`: it still holds the place, with another language
   */
  releasePlace(listener: ListenerConnection): Promise<'released' | 'gone' | { changed: ListenerConnection }>;
  /**
   * Moves a place from one connection to another, if the previous one is as given, the new one has no role, and the
   * shard is not closed. Counts stay as they are.
   */
  movePlace(change: {
    previous: Pick<ListenerConnection, 'connectionId' | 'sessionId' | 'targetLanguage' | 'placeShard'>;
    listener: ListenerConnection;
  }): Promise<'moved' | PlaceNotMoved>;
  /** Changes the language of a listener that is as given, and both numbers of its shard, unless the shard is closed. */
  changeLanguage(change: {
    listener: ListenerConnection;
    targetLanguage: string;
    changedAt: number;
  }): Promise<'changed' | 'closed' | 'gone' | { changed: ListenerConnection }>;

  /**
   * Makes `speaker` the speaker's connection of a live session that is still at `before.revision`: removes the
   * connection that had the session (if any), stores the new one, and makes the session active. One that was scheduled
   * has started with that, at `startedAt`.
   */
  moveSpeaker(change: {
    before: Session;
    speaker: SpeakerConnection;
    clientId: string | undefined;
    expiresAt: number;
    startedAt?: number;
  }): Promise<{ moved: Session } | 'sessionChanged' | 'connectionHasRole' | 'speakerDenied'>;
  /**
   * Removes the speaker's connection and, if it still has the session, interrupts or ends that, which then has no
   * `speakerConnectionId` any more (but keeps `speakerConnectedAt` and `speakerClientId`).
   * @returns `movedOn`: the session is another connection's, or has ended; nothing was changed
   */
  removeSpeaker(change: {
    speaker: Pick<SpeakerConnection, 'connectionId' | 'sessionId'>;
    session:
      | { readonly state: 'interrupted'; readonly interruptedAt: number }
      | { readonly state: 'ended'; readonly endedAt: number; readonly endReason: EndReason };
  }): Promise<'removed' | 'movedOn' | 'gone'>;
  /**
   * Changes what `change` names, if the session is active and this connection's, and was not changed after `notAfterMs`.
   * @returns the session as it is now
   */
  setBroadcastState(change: {
    sessionId: string;
    speakerConnectionId: string;
    change: Partial<BroadcastState>;
    nowMs: number;
    notAfterMs: number;
  }): Promise<Session | 'notSpeaker' | 'tooSoon'>;

  /** Ends a session that has not ended, if `only` holds. @returns the session as it is now, or undefined */
  end(change: {
    sessionId: string;
    endedAt: number;
    endReason: EndReason;
    only:
      | { readonly speakerConnectionId: string }
      | { readonly interruptedAt: number }
      | { readonly expiredBy: number }
      /** This session, and not a later one of the same ID. */
      | { readonly createdAt: number };
    /** The speaker's connection, if there is one, did not ask for it. */
    isSpeakerUnaware?: true;
  }): Promise<Session | undefined>;
  /** Closes a shard of an ended session; repeating it changes nothing. @returns the shard as it is now */
  closeShard(change: { sessionId: string; placeShard: string; closedAt: number }): Promise<PlacesShard | undefined>;
  /**
   * Removes listeners of one shard, and gives their places back, in one transaction.
   * @param change at most `MAX_REMOVED_AT_ONCE` listeners; `isAwaited`: a client waits for the end of it, so that other
   * transactions in its way are waited for as in a request, and not as in a leave
   * @returns how many it removed; those that were gone already, or have another language now, are passed over
   */
  removeListeners(change: {
    sessionId: string;
    placeShard: string;
    listeners: readonly Listener[];
    isAwaited: boolean;
  }): Promise<number>;
  /**
   * Notes that the end is complete: shards and session get their TTL, and the session leaves the index of open ones.
   * To be called only when every shard is closed and empty. @returns the session as it is now
   */
  completeEnd(change: { sessionWithPlaces: SessionWithPlaces; completedAt: number }): Promise<Session | undefined>;

  /** The sessions whose end is not complete, page by page, from the index: eventually consistent. */
  openPages(): AsyncIterable<Session[]>;
  /** The open sessions of one user, from the index: eventually consistent. */
  openSessionsOf(speakerUserId: string): Promise<Session[]>;

  /** Denies a user to speak, or allows it again. */
  denySpeaker(change: { userId: string; deniedAt: number }): Promise<void>;
  allowSpeaker(userId: string): Promise<void>;

  /** The languages in use that were announced last. */
  findAnnouncedLanguages(sessionId: string): Promise<AnnouncedLanguages | undefined>;
  /** Stores what was announced, unless something later is stored already. */
  storeAnnouncedLanguages(change: AnnouncedLanguages & { sessionId: string }): Promise<void>;
}

/** The most listeners that one `removeListeners` takes: a transaction has at most 100 actions, one is the shard's. */
export const MAX_REMOVED_AT_ONCE = 99;

/** A session that was scheduled when it was entered; with `createdAt`, not another one of the same ID. */
export interface ScheduledEntry {
  readonly sessionId: string;
  readonly createdAt: number;
}

/**
 * The sessions that a user has scheduled. Those that have started or ended since are on it until the list is next
 * written: no session becomes scheduled again, so whoever finds one that is not, can leave it out.
 */
export interface ScheduledList {
  readonly userId: string;
  /** 0: there is no list; raised by every write. */
  readonly version: number;
  readonly entries: readonly ScheduledEntry[];
}

/** Why a place was not moved. */
export interface PlaceNotMoved {
  /** The new connection has a role already: this one. */
  readonly own?: Connection;
  /** - `asGiven`: it holds the place; - a connection: as it is now, different from what was given */
  readonly previous: 'asGiven' | 'gone' | Connection;
  /** The shard is closed, or no more: the session has ended. */
  readonly isClosed: boolean;
}

/** What `LanguagesInUseChanged` said last of a session. */
export interface AnnouncedLanguages {
  /** Of the session, so that a reused ID starts anew. */
  readonly createdAt: number;
  readonly languages: readonly string[];
  /** epoch milliseconds as of which the numbers were read */
  readonly asOf: number;
}

/** Connections, as stored; the same promises as for sessions. */
export interface ConnectionRepository {
  /** The connection as it is now, strongly consistent. */
  find(connectionId: string): Promise<Connection | undefined>;
  /**
   * Notes that the connection is alive, if it has a role and its heartbeats keep their distance: the heartbeat before
   * the last one must be from `previousNotAfterMs` or before. One write; the item of a failed condition says why.
   */
  recordHeartbeat(change: SpacedMessage): Promise<SpacingOutcome>;
  /** Notes that a speaker asks for the session's status, if its requests keep their distance. As `recordHeartbeat`. */
  recordStatusRequest(change: SpacedMessage): Promise<SpacingOutcome | { notSpeaker: Connection }>;
  /** Removes a speaker's connection whose session has moved on. @returns false: there was none */
  removeSpeaker(connectionId: string): Promise<boolean>;
  /** The listeners of a session, or of one language in it, page by page, from the index: eventually consistent. */
  listenerPages(sessionId: string, targetLanguage?: string): AsyncIterable<Listener[]>;
  /** One segment of the connections not heard since, page by page; filtered by the database. */
  silentPages(query: {
    heardBefore: number;
    segment: number;
    segments: number;
    /** Begins behind the page that had this cursor. */
    after?: string | undefined;
  }): AsyncIterable<SilentPage>;
}

export interface SpacedMessage {
  readonly connectionId: string;
  readonly nowMs: number;
  readonly previousNotAfterMs: number;
}

export type SpacingOutcome =
  | { readonly recorded: Connection }
  | 'noRole'
  /** @see MinimumSpacing; `previousAtMs`: the one before the last */
  | { readonly tooSoon: Connection; readonly previousAtMs: number | undefined };

export interface SilentPage {
  readonly connections: readonly Connection[];
  /** Items that the database read for this page, the silent ones and the others. */
  readonly scanned: number;
  /** Where it ends; undefined: it is the last page of its segment. */
  readonly cursor?: string;
}

/** Counts operations of a subject in fixed windows. */
export interface RateLimiter {
  /**
   * Counts `weight` (1 unless given). Never fails: when the counter cannot be reached, the limit is open.
   * @returns the count in this window, and the seconds until the window ends
   */
  count(check: RateCheck & { weight?: number }): Promise<RateCount>;
  /** The count as it is, eventually consistent; 0 when the counter cannot be reached. */
  peek(check: RateCheck): Promise<RateCount>;
}
export interface RateCheck {
  readonly operation: LimitedOperation;
  readonly subject: string;
  readonly windowSeconds: number;
}
export type LimitedOperation =
  | 'connect'
  | 'createSession'
  | 'wrongSessionId'
  | 'connectionBudget'
  | 'publish'
  | 'recover';
/** What is limited by a minimum distance, kept on the item that it changes. */
export type SpacedOperation = 'heartbeat' | 'getSessionStatus' | 'changeLanguage' | 'setBroadcastState';
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
  /** From the start to the last delivery, milliseconds; absent: there was none, or it is not measured. */
  readonly lastDeliveredMs?: number;
}

export interface Addressed {
  readonly connectionId: string;
  readonly message: ServerMessage;
}

/** Messages from the service to connections. */
export interface Push {
  /** @returns false if the socket is gone. @throws {ServiceError} SERVICE_UNAVAILABLE after all attempts */
  send(connectionId: string, message: ServerMessage): Promise<boolean>;
  /**
   * Sends one message to many, with bounded concurrency; never throws for what happens to single connections.
   * @param budgetMs the time for it, if the adapter's own is longer; 0 or less: no post is made, and all have failed
   */
  fanOut(connectionIds: readonly string[], message: ServerMessage, budgetMs?: number): Promise<FanOutReport>;
  /** As `fanOut`, with a message of its own to each. */
  sendEach(messages: readonly Addressed[]): Promise<FanOutReport>;
  /** Closes the socket; closing one that is gone does nothing. */
  close(connectionId: string): Promise<void>;
  /** When API Gateway last saw activity on the connection, epoch milliseconds; undefined: the socket is gone. */
  lastActiveAt(connectionId: string): Promise<number | undefined>;
}

/** Hands work to the `deliverer` function. */
export interface Deliverer {
  /** Returns when the task is accepted; it is then run at least once, later. @throws {ServiceError} SERVICE_UNAVAILABLE */
  handOver(task: DeliveryTask): Promise<void>;
  /** Runs the task now in another invocation and waits for it. @throws {ServiceError} SERVICE_UNAVAILABLE */
  run(task: DeliveryTask): Promise<DeliveryOutcome>;
}

/** How many connections a delivery reached. */
export interface DeliveryOutcome {
  readonly delivered: number;
  readonly gone: number;
  readonly failed: number;
  /** When the last one of those that were reached took the message, epoch milliseconds; absent: it is not known. */
  readonly lastDeliveredAt?: number;
}

/** Where lifecycle events go. */
export interface EventBus {
  /** Returns when all are accepted. @throws {ServiceError} SERVICE_UNAVAILABLE: one or more were not; repeat all */
  publish(events: readonly LifecycleEvent[]): Promise<void>;
}

/** Figures that the use cases report; `core/lambda` turns them into CloudWatch metrics. */
export interface Meter {
  fanOut(report: DeliveryOutcome): void;
  /** One published message: what became of it, and the time from its publication to the last delivery. */
  published(receipt: DeliveryOutcome & { deliveryMs: number }): void;
  gauges(values: { activeSessions: number; openConnections: number }): void;
  rateLimitExceeded(operation: LimitedOperation | SpacedOperation): void;
  /** Attempts that one join took, for the alarm on contention. */
  joinAttempts(attempts: number): void;
  /** The sweep would have closed this many connections, which is more than can be true. */
  sweepBraked(silent: number): void;
}
