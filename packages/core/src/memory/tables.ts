import type { ChannelHead, StoredMessage } from '../sessions/message-log.ts';
import type { Connection, Listener, PlacesShard, Session } from '../sessions/model.ts';
import type { AnnouncedLanguages, ScheduledList } from '../sessions/ports.ts';
import type { SessionsTableChange } from '../sessions/session-change.ts';
import { createIndexHistory, type IndexHistory } from './index-history.ts';

/** A write to an item of the sessions table, as the table's stream says it: the images before and after. */
export type MemoryChange = { readonly sequence: number; readonly sessionId: string } & (
  | { readonly part: 'session'; readonly before?: Session; readonly after?: Session }
  | { readonly part: 'places'; readonly before?: PlacesShard; readonly after?: PlacesShard }
);

/** Returns a change as the functions see it, which read no more of a shard than its name. Removed items tell nothing. */
export function toSessionsTableChange(change: MemoryChange): SessionsTableChange | undefined {
  if (change.after === undefined) return undefined;
  if (change.part === 'places') {
    const { sessionId, after } = change;
    return { kind: 'places', sessionId, createdAt: Number(after.placeShard.split('#')[0]) };
  }
  return { kind: 'session', after: change.after, ...(change.before && { before: change.before }) };
}

export interface StoredSession {
  readonly session: Session;
  /** epoch seconds; absent until the end is complete */
  readonly ttl?: number;
}
export interface StoredShard {
  readonly shard: PlacesShard;
  readonly ttl?: number;
}
export interface StoredConnection {
  readonly connection: Connection;
  readonly lastButOneHeartbeatAt?: number;
  readonly lastStatusAt?: number;
  readonly lastButOneStatusAt?: number;
}

/** The log of one channel. */
export interface StoredChannel {
  head: { readonly epoch: number; readonly head: ChannelHead; readonly keptUntil: number } | undefined;
  /** By offset; `keptUntil` is epoch milliseconds. */
  readonly messages: Map<
    number,
    { readonly epoch: number; readonly message: StoredMessage; readonly keptUntil: number }
  >;
}

/** Everything under one session ID. */
export interface Partition {
  stored: StoredSession | undefined;
  /** By `placeShard`: those of an earlier session of this ID may still be among them. */
  readonly shards: Map<string, StoredShard>;
  announced: AnnouncedLanguages | undefined;
}

export interface MemoryTablesOptions {
  /** Receives every write to a session or a shard, in order, as part of the write. */
  readonly onChange?: (change: MemoryChange) => void;
  /** How many of the latest changes of each index are kept, so that a reader can be given a page from before them. */
  readonly indexHistory?: number;
}

/**
 * The tables in memory. Items are never changed in place: a write puts a new one, so that a reader keeps what it read.
 * All methods of the repositories over it run without a pause: each is one atomic step.
 */
export interface MemoryTables {
  readonly partitions: ReadonlyMap<string, Partition>;
  readonly connections: ReadonlyMap<string, StoredConnection>;
  readonly deniedUsers: Map<string, number>;
  /** By user. */
  readonly scheduledLists: Map<string, ScheduledList>;
  /** By `sessionId#channel`. */
  readonly channels: Map<string, StoredChannel>;
  /** The index of listeners, by session. */
  readonly listenerIndex: IndexHistory<Listener>;
  /** The index of sessions whose end is not complete. */
  readonly openIndex: IndexHistory<Session>;
  partitionOf(sessionId: string): Partition;
  putSession(stored: StoredSession): void;
  putShard(sessionId: string, stored: StoredShard): void;
  putConnection(stored: StoredConnection): void;
  deleteConnection(connectionId: string): void;
  /** Deletes what has passed its TTL, as DynamoDB does within days. */
  expire(nowMs: number): void;
}

export function createMemoryTables({ onChange, indexHistory = 0 }: MemoryTablesOptions = {}): MemoryTables {
  const partitions = new Map<string, Partition>();
  const connections = new Map<string, StoredConnection>();
  const listenerIndex = createIndexHistory<Listener>(indexHistory);
  const openIndex = createIndexHistory<Session>(indexHistory);
  const channels = new Map<string, StoredChannel>();
  let sequence = 0;

  function partitionOf(sessionId: string): Partition {
    let partition = partitions.get(sessionId);
    if (partition === undefined) {
      partition = { stored: undefined, shards: new Map(), announced: undefined };
      partitions.set(sessionId, partition);
    }
    return partition;
  }

  function setSession(sessionId: string, stored: StoredSession | undefined): void {
    const partition = partitionOf(sessionId);
    const before = partition.stored?.session;
    const after = stored?.session;
    partition.stored = stored;
    openIndex.set(OPEN, sessionId, after === undefined || after.endCompletedAt !== undefined ? undefined : after);
    onChange?.({
      sequence: sequence++,
      sessionId,
      part: 'session',
      ...(before && { before }),
      ...(after && { after }),
    });
  }

  function setConnection(connectionId: string, stored: StoredConnection | undefined): void {
    const before = connections.get(connectionId)?.connection;
    const after = stored?.connection;
    if (stored === undefined) connections.delete(connectionId);
    else connections.set(connectionId, stored);
    if (before?.role === 'listener' && (after?.role !== 'listener' || after.sessionId !== before.sessionId)) {
      listenerIndex.set(before.sessionId, connectionId, undefined);
    }
    if (after?.role !== 'listener') return;
    // A heartbeat changes nothing that the index holds.
    if (before?.role === 'listener' && hasSameEntry(before, after)) return;
    const { sessionId, targetLanguage, placeShard } = after;
    listenerIndex.set(sessionId, connectionId, { connectionId, targetLanguage, placeShard });
  }

  function setShard(sessionId: string, placeShard: string, stored: StoredShard | undefined): void {
    const { shards } = partitionOf(sessionId);
    const before = shards.get(placeShard)?.shard;
    const after = stored?.shard;
    if (stored === undefined) shards.delete(placeShard);
    else shards.set(placeShard, stored);
    onChange?.({
      sequence: sequence++,
      sessionId,
      part: 'places',
      ...(before && { before }),
      ...(after && { after }),
    });
  }

  return {
    partitions,
    connections,
    deniedUsers: new Map(),
    scheduledLists: new Map(),
    channels,
    listenerIndex,
    openIndex,
    partitionOf,
    putSession: (stored) => setSession(stored.session.sessionId, stored),
    putShard: (sessionId, stored) => setShard(sessionId, stored.shard.placeShard, stored),
    putConnection: (stored) => setConnection(stored.connection.connectionId, stored),
    deleteConnection: (connectionId) => setConnection(connectionId, undefined),
    expire(nowMs) {
      const hasPassed = (ttl: number | undefined) => ttl !== undefined && ttl * 1000 < nowMs;
      for (const [sessionId, { stored, shards }] of partitions) {
        for (const [placeShard, { ttl }] of shards) if (hasPassed(ttl)) setShard(sessionId, placeShard, undefined);
        if (hasPassed(stored?.ttl)) setSession(sessionId, undefined);
      }
      for (const channel of channels.values()) {
        for (const [offset, { keptUntil }] of channel.messages) if (keptUntil < nowMs) channel.messages.delete(offset);
        if (channel.head !== undefined && channel.head.keptUntil < nowMs) channel.head = undefined;
      }
    },
  };
}

/** The open sessions are one list. */
export const OPEN = 'open';

/** The shards of this session, and not of an earlier one of the same ID. */
export function shardsOf({ shards }: Partition, { createdAt }: Session): PlacesShard[] {
  const prefix = `${createdAt}#`;
  const own: PlacesShard[] = [];
  for (const [placeShard, { shard }] of shards) if (placeShard.startsWith(prefix)) own.push(shard);
  return own;
}

const hasSameEntry = (one: Extract<Connection, { role: 'listener' }>, other: typeof one): boolean =>
  one.sessionId === other.sessionId &&
  one.targetLanguage === other.targetLanguage &&
  one.placeShard === other.placeShard;
