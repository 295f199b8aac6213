import type { ScheduledList, SessionRepository } from '../sessions/ports.ts';
import type { MemoryTables } from './tables.ts';

type ScheduledOperations = Pick<SessionRepository, 'schedule' | 'findScheduledList'>;

/** Sessions that were created ahead of time, and each user's list of them. */
export function createScheduledOperations(tables: MemoryTables): ScheduledOperations {
  const listOf = (userId: string): ScheduledList =>
    tables.scheduledLists.get(userId) ?? { userId, version: 0, entries: [] };

  return {
    async schedule({ session, shards, listBefore, entries }) {
      const { sessionId, speakerUserId: userId, createdAt } = session;
      if (tables.deniedUsers.has(userId)) return 'speakerDenied';
      const earlier = tables.partitions.get(sessionId)?.stored;
      const isFree = earlier === undefined || (earlier.ttl !== undefined && earlier.ttl < Math.floor(createdAt / 1000));
      const list = listOf(userId);
      if (!isFree) {
        const { session: stored } = earlier;
        const isOwn = stored.createdAt === createdAt && stored.state === 'scheduled' && stored.speakerUserId === userId;
        // Of this very request, whose answer was lost.
        return isOwn && list.version !== listBefore.version ? 'scheduled' : 'idTaken';
      }
      if (list.version !== listBefore.version) return 'listChanged';
      tables.putSession({ session });
      for (const shard of shards) tables.putShard(sessionId, { shard });
      tables.scheduledLists.set(userId, { userId, version: list.version + 1, entries });
      return 'scheduled';
    },

    async findScheduledList(userId) {
      return listOf(userId);
    },
  };
}
