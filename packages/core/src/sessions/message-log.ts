import type { Session } from './model.ts';

/** A message in the log of its channel. */
export interface StoredMessage {
  readonly offset: number;
  readonly publishedAt: number;
  readonly id?: string;
  readonly name?: string;
  /** The application's own: any JSON value. */
  readonly data: unknown;
}

/** The head of a channel. */
export interface ChannelHead {
  /** The offset of its last message; 0: none yet. */
  readonly offset: number;
  /** The IDs of its last messages that have one, oldest first, at most `MAX_RECENT_IDS`. */
  readonly recent: readonly RecentId[];
}
export interface RecentId {
  readonly id: string;
  readonly offset: number;
  /** When the message was published, epoch milliseconds. */
  readonly at: number;
}
/** 18 kB with UUIDs, and so 18 write units for each message of a channel that has so many in a minute. */
export const MAX_RECENT_IDS = 256;
/** The head of a channel without a message. */
export const NO_HEAD: ChannelHead = { offset: 0, recent: [] };

/** A session and the heads of some of its channels, of the session's epoch. */
export interface SessionWithHeads {
  readonly session: Session;
  /** By channel; each that was asked for. */
  readonly heads: Readonly<Record<string, ChannelHead>>;
}

/** One channel of one session: its numbering is the session's (`epoch` is `createdAt`). */
export interface ChannelOf {
  readonly sessionId: string;
  readonly epoch: number;
  readonly channel: string;
}

/**
 * The log of what was published, by channel. A message counts from the moment its channel's head has reached it: what
 * is stored above the head was never shown to anybody.
 * @throws {ServiceError} SERVICE_UNAVAILABLE
 */
export interface MessageLog {
  /** The session and heads of its channels as they are now, strongly consistent, one call. */
  findSession(sessionId: string, channels: readonly string[]): Promise<SessionWithHeads | undefined>;
  /** One message, strongly consistent, whether the head has reached it or not. */
  find(message: ChannelOf & { offset: number }): Promise<StoredMessage | undefined>;
  /**
   * Stores a message at its offset, unless one of this epoch is there. One conditional write; when its answer is lost
   * and it is sent again, it finds its own message, and the answer is still `stored`.
   * @param keptUntil epoch milliseconds after which it may be deleted
   * @returns the message that is there
   */
  append(
    change: ChannelOf & { message: StoredMessage; keptUntil: number },
  ): Promise<'stored' | { taken: StoredMessage }>;
  /**
   * Keeps a message that is there for longer. One conditional write.
   * @param change the message as it was read
   * @returns false: it is not there any more
   */
  keep(change: ChannelOf & { message: StoredMessage; keptUntil: number }): Promise<boolean>;
  /** Raises the head, if it is lower (or of an earlier epoch). One conditional write. */
  raiseHead(change: ChannelOf & { head: ChannelHead; keptUntil: number }): Promise<void>;
  /**
   * Whether a message is held, strongly consistent.
   * @param notBefore epoch milliseconds; one that was published before may be there, and counts as not held
   */
  holds(message: ChannelOf & { offset: number; notBefore: number }): Promise<boolean>;
  /**
   * Messages with `after` < offset <= `upTo`, in order, page by page, strongly consistent.
   * @param nowMs what was to be kept until then at the longest is left out: it may be there for days
   */
  pages(range: ChannelOf & { after: number; upTo: number; nowMs: number }): AsyncIterable<StoredMessage[]>;
  /** Deletes everything that was published in the session's channels, heads included. */
  deleteAll(of: { sessionId: string; channels: readonly string[] }): Promise<void>;
}
