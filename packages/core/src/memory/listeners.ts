import type { Connection, ListenerConnection, PlacesShard } from '../sessions/model.ts';
import type { SessionRepository } from '../sessions/ports.ts';
import type { PlaceHeld } from './place-held.ts';
import type { MemoryTables, StoredShard } from './tables.ts';

type ListenerOperations = Pick<
  SessionRepository,
  'takePlace' | 'releasePlace' | 'movePlace' | 'changeLanguage' | 'removeListeners'
>;

/** What changes places and the connections that hold them: both, or neither. */
export function createListenerOperations(tables: MemoryTables): ListenerOperations {
  const connectionOf = (connectionId: string) => tables.connections.get(connectionId)?.connection;
  const shardOf = ({ sessionId, placeShard }: { sessionId: string; placeShard: string }) =>
    tables.partitions.get(sessionId)?.shards.get(placeShard);
  const putShard = (sessionId: string, stored: StoredShard, change: Partial<PlacesShard>) =>
    tables.putShard(sessionId, { ...stored, shard: { ...stored.shard, ...change } });

  return {
    async takePlace(listener) {
      if (tables.connections.has(listener.connectionId)) return 'connectionHasRole';
      const stored = shardOf(listener);
      if (stored === undefined) return 'noRoom';
      const { capacity, taken, joins, languages, closedAt } = stored.shard;
      if (closedAt !== undefined || taken >= capacity) return 'noRoom';
      tables.putConnection({ connection: listener });
      putShard(listener.sessionId, stored, {
        taken: taken + 1,
        joins: joins + 1,
        languages: add(languages, listener.targetLanguage, 1),
      });
      return 'taken';
    },

    async releasePlace(listener) {
      const { connectionId, sessionId, targetLanguage } = listener;
      const now = connectionOf(connectionId);
      if (!holdsShard(now, listener)) return 'gone';
      if (now.targetLanguage !== targetLanguage) return { changed: now };
      tables.deleteConnection(connectionId);
      const stored = shardOf(listener);
      if (stored !== undefined) {
        const { taken, languages } = stored.shard;
        putShard(sessionId, stored, { taken: taken - 1, languages: add(languages, targetLanguage, -1) });
      }
      return 'released';
    },

    async movePlace({ previous, listener }) {
      const own = connectionOf(listener.connectionId);
      const before = connectionOf(previous.connectionId);
      const shard = shardOf(previous)?.shard;
      const isClosed = shard === undefined || shard.closedAt !== undefined;
      const isAsGiven = holdsShard(before, previous) && before.targetLanguage === previous.targetLanguage;
      if (own === undefined && isAsGiven && !isClosed) {
        tables.deleteConnection(previous.connectionId);
        tables.putConnection({ connection: listener });
        return 'moved';
      }
      return { ...(own && { own }), previous: isAsGiven ? 'asGiven' : (before ?? 'gone'), isClosed };
    },

    async changeLanguage({ listener, targetLanguage, changedAt }) {
      const { connectionId, sessionId } = listener;
      const stored = tables.connections.get(connectionId);
      const now = stored?.connection;
      if (stored === undefined || !holdsShard(now, listener)) return 'gone';
      // Done already: by this request, whose answer was lost.
      if (now.targetLanguage !== listener.targetLanguage) {
        return now.targetLanguage === targetLanguage ? 'changed' : { changed: now };
      }
      const shard = shardOf(listener);
      if (shard === undefined || shard.shard.closedAt !== undefined) return 'closed';
      if (targetLanguage === listener.targetLanguage) return 'changed';
      tables.putConnection({ ...stored, connection: { ...now, targetLanguage, languageChangedAt: changedAt } });
      const without = add(shard.shard.languages, now.targetLanguage, -1);
      putShard(sessionId, shard, { languages: add(without, targetLanguage, 1) });
      return 'changed';
    },

    async removeListeners({ sessionId, placeShard, listeners }) {
      const stored = shardOf({ sessionId, placeShard });
      if (stored === undefined) return 0;
      let { languages } = stored.shard;
      let removed = 0;
      for (const { connectionId, targetLanguage } of listeners) {
        const now = connectionOf(connectionId);
        if (!holdsShard(now, { sessionId, placeShard }) || now.targetLanguage !== targetLanguage) continue;
        tables.deleteConnection(connectionId);
        languages = add(languages, targetLanguage, -1);
        removed++;
      }
      if (removed > 0) putShard(sessionId, stored, { taken: stored.shard.taken - removed, languages });
      return removed;
    },
  };
}

const holdsShard = (
  connection: Connection | undefined,
  { sessionId, placeShard }: Pick<PlaceHeld, 'sessionId' | 'placeShard'>,
): connection is ListenerConnection =>
  connection?.role === 'listener' && connection.sessionId === sessionId && connection.placeShard === placeShard;

/** The numbers with one of them changed; 0 is left out, and a number below 0 stays to be seen. */
function add(
  languages: Readonly<Record<string, number>>,
  language: string,
  change: number,
): Readonly<Record<string, number>> {
  const after = { ...languages, [language]: (languages[language] ?? 0) + change };
  if (after[language] === 0) delete after[language];
  return after;
}
