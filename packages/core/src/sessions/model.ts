import type { BroadcastState, EndReason, QualityTier, Role, SessionState } from '../protocol/index.ts';

/** One broadcast. Times are epoch milliseconds. */
export interface Session {
  readonly sessionId: string;
  readonly speakerUserId: string;
  /** Absent while the speaker's connection is lost. An ended session keeps it until its end is complete. */
  readonly speakerConnectionId?: string;
  /** When that connection was opened: a refresh by an older connection is a late, abandoned attempt. */
  readonly speakerConnectedAt?: number;
  /** The client (tab, process) that speaks, if it gave itself a name. */
  readonly speakerClientId?: string;
  readonly sourceLanguage: string;
  readonly qualityTier: QualityTier;
  readonly state: SessionState;
  readonly broadcastState: BroadcastState;
  /** When the speaker last changed it; changes keep a minimum distance, since each is sent to every listener. */
  readonly broadcastStateChangedAt?: number;
  /** 1 at first; raised by every write. */
  readonly revision: number;
  /** How many listeners the session may have: the sum of its places shards. */
  readonly capacity: number;
  /** When the session was created; also the `epoch` of its channels. */
  readonly createdAt: number;
  /** Of a session that was created ahead of time: when it is to start. */
  readonly startsAt?: number;
  /** Of a session that was created ahead of time: when its speaker came. */
  readonly startedAt?: number;
  /** When the session ends by itself; moved on by each refresh of the speaker. */
  readonly expiresAt: number;
  /** Since when the speaker has been lost; absent unless `interrupted`. */
  readonly interruptedAt?: number;
  readonly endedAt?: number;
  readonly endReason?: EndReason;
  /** The end was not asked for on the speaker's connection, which is still to be notified of it. */
  readonly isSpeakerUnaware?: true;
  /** When every listener of the ended session had been notified and removed. */
  readonly endCompletedAt?: number;
}

/** An item that holds a share of a session's places. */
export interface PlacesShard {
  /** `<createdAt of the session>#<number>`: with the time, a reused session ID never meets old shards. */
  readonly placeShard: string;
  readonly capacity: number;
  /** Places that are taken now. */
  readonly taken: number;
  /** Places ever taken by a join; never falls. */
  readonly joins: number;
  /** How many of the taken places hear each language; only languages above 0. */
  readonly languages: Readonly<Record<string, number>>;
  /** Since when no place can be taken or moved any more: the session has ended. */
  readonly closedAt?: number;
}

/** A session and all of its shards, as of one moment. */
export interface SessionWithPlaces {
  readonly session: Session;
  readonly shards: readonly PlacesShard[];
}

interface ConnectionBase {
  readonly connectionId: string;
  readonly sessionId: string;
  /** epoch milliseconds, as API Gateway says */
  readonly connectedAt: number;
  /** epoch milliseconds */
  readonly lastHeartbeatAt: number;
}

/** One open socket that speaks in a session. */
export interface SpeakerConnection extends ConnectionBase {
  readonly role: 'speaker';
  readonly userId: string;
}

/** One open socket that holds a place of a session. */
export interface ListenerConnection extends ConnectionBase {
  readonly role: 'listener';
  readonly targetLanguage: string;
  /** The shard whose place it holds. Never changes: a refresh makes a new item. */
  readonly placeShard: string;
  /** When it last changed its language; changes keep a minimum distance. */
  readonly languageChangedAt?: number;
}

/** One open socket that holds a role in a session. */
export type Connection = SpeakerConnection | ListenerConnection;

/** A listener, as the index lists it. */
export type Listener = Pick<ListenerConnection, 'connectionId' | 'targetLanguage' | 'placeShard'>;

/** Whether the connection is a listener of this session: what makes a repeated request harmless. */
export const isListenerOf = (connection: Connection | undefined, sessionId: string): connection is ListenerConnection =>
  connection?.role === 'listener' && connection.sessionId === sessionId;

export type { Role };
