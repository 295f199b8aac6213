import type { Session } from '../sessions/model.ts';
import type { SessionRepository } from '../sessions/ports.ts';
import type { MemoryTables, StoredSession } from './tables.ts';

type SpeakerOperations = Pick<SessionRepository, 'create' | 'moveSpeaker' | 'removeSpeaker' | 'setBroadcastState'>;

/** What changes a session and its speaker's connection: both, or neither. */
export function createSpeakerOperations(tables: MemoryTables): SpeakerOperations {
  const storedSession = (sessionId: string) => tables.partitions.get(sessionId)?.stored;
  const connectionOf = (connectionId: string) => tables.connections.get(connectionId)?.connection;

  function put(stored: StoredSession, change: Partial<Session>, without: readonly (keyof Session)[] = []): Session {
    const session = { ...stored.session, ...change, revision: stored.session.revision + 1 };
    for (const name of without) delete session[name];
    tables.putSession({ ...stored, session });
    return session;
  }

  return {
    async create({ session, shards, speaker }) {
      if (tables.deniedUsers.has(session.speakerUserId)) return 'speakerDenied';
      const earlier = storedSession(session.sessionId);
      const own = connectionOf(speaker.connectionId);
      // Its own session: of this very request, whose answer was lost.
      if (own !== undefined) return earlier && isCreation(earlier.session, session) ? 'created' : 'connectionHasRole';
      const isFree = earlier?.ttl !== undefined && earlier.ttl < Math.floor(session.createdAt / 1000);
      if (earlier !== undefined && !isFree) return 'idTaken';
      tables.putSession({ session });
      for (const shard of shards) tables.putShard(session.sessionId, { shard });
      tables.putConnection({ connection: speaker });
      return 'created';
    },

    async moveSpeaker({ before, speaker, clientId, expiresAt, startedAt }) {
      if (tables.deniedUsers.has(speaker.userId)) return 'speakerDenied';
      const stored = storedSession(before.sessionId);
      const now = stored?.session;
      const isSame = now?.createdAt === before.createdAt && now.state !== 'ended';
      const own = connectionOf(speaker.connectionId);
      const isOwn = own?.role === 'speaker' && own.sessionId === before.sessionId;
      if (before.speakerConnectionId === speaker.connectionId) {
        // It speaks already: nothing but the connection may be missing.
        if (own !== undefined && !isOwn) return 'connectionHasRole';
        if (!isSame || now.revision !== before.revision) return 'sessionChanged';
        if (own === undefined) tables.putConnection({ connection: speaker });
        return { moved: now };
      }
      // Done already: by this request, whose answer was lost.
      if (isSame && isOwn && now.speakerConnectionId === speaker.connectionId) return { moved: now };
      if (own !== undefined) return 'connectionHasRole';
      if (stored === undefined || !isSame || now.revision !== before.revision) return 'sessionChanged';
      if (now.speakerConnectionId !== undefined) tables.deleteConnection(now.speakerConnectionId);
      tables.putConnection({ connection: speaker });
      const { connectionId, connectedAt } = speaker;
      const change: Partial<Session> = {
        speakerConnectionId: connectionId,
        speakerConnectedAt: connectedAt,
        ...(clientId !== undefined && { speakerClientId: clientId }),
        ...(startedAt !== undefined && { startedAt }),
        expiresAt,
        state: 'active',
      };
      return { moved: put(stored, change, ['interruptedAt', ...(clientId === undefined ? CLIENT : [])]) };
    },

    async removeSpeaker({ speaker: { connectionId, sessionId }, session: change }) {
      const connection = connectionOf(connectionId);
      if (connection?.role !== 'speaker' || connection.sessionId !== sessionId) return 'gone';
      const stored = storedSession(sessionId);
      if (stored === undefined || stored.session.state === 'ended') return 'movedOn';
      if (stored.session.speakerConnectionId !== connectionId) return 'movedOn';
      tables.deleteConnection(connectionId);
      put(stored, change, ['speakerConnectionId']);
      return 'removed';
    },

    async setBroadcastState({ sessionId, speakerConnectionId, change, nowMs, notAfterMs }) {
      const stored = storedSession(sessionId);
      if (stored === undefined || stored.session.state !== 'active') return 'notSpeaker';
      const { session } = stored;
      if (session.speakerConnectionId !== speakerConnectionId) return 'notSpeaker';
      const { broadcastStateChangedAt = notAfterMs } = session;
      // The same moment again: the answer to the first attempt was lost.
      if (broadcastStateChangedAt > notAfterMs) return broadcastStateChangedAt === nowMs ? session : 'tooSoon';
      return put(stored, { broadcastState: { ...session.broadcastState, ...change }, broadcastStateChangedAt: nowMs });
    },
  };
}

const isCreation = (stored: Session, { createdAt, speakerConnectionId }: Session): boolean =>
  stored.createdAt === createdAt && stored.state === 'active' && stored.speakerConnectionId === speakerConnectionId;

const CLIENT = ['speakerClientId'] as const;
