import type { Session } from '../sessions/model.ts';
import type { SessionRepository } from '../sessions/ports.ts';
import { type MemoryTables, shardsOf } from './tables.ts';

type EndOperations = Pick<SessionRepository, 'end' | 'closeShard' | 'completeEnd'>;
type EndCondition = Parameters<SessionRepository['end']>[0]['only'];

/** How long the items of a session stay after its end. */
const DAY_SECONDS = 86_400;

/** What ends a session, and notes how far its end has come. */
export function createEndOperations(tables: MemoryTables): EndOperations {
  return {
    async end({ sessionId, endedAt, endReason, only, isSpeakerUnaware }) {
      const stored = tables.partitions.get(sessionId)?.stored;
      if (stored === undefined || stored.session.state === 'ended' || !holds(only, stored.session)) return undefined;
      const { interruptedAt: _, ...before } = stored.session;
      const session: Session = {
        ...before,
        state: 'ended',
        endedAt,
        endReason,
        ...(isSpeakerUnaware && { isSpeakerUnaware }),
        revision: before.revision + 1,
      };
      tables.putSession({ ...stored, session });
      return session;
    },

    async closeShard({ sessionId, placeShard, closedAt }) {
      const stored = tables.partitions.get(sessionId)?.shards.get(placeShard);
      if (stored === undefined || stored.shard.closedAt !== undefined) return stored?.shard;
      const shard = { ...stored.shard, closedAt };
      tables.putShard(sessionId, { ...stored, shard });
      return shard;
    },

    async completeEnd({ sessionWithPlaces: { session: given }, completedAt }) {
      const partition = tables.partitions.get(given.sessionId);
      const stored = partition?.stored;
      if (partition === undefined || stored === undefined) return undefined;
      const { session } = stored;
      if (session.createdAt !== given.createdAt) return undefined;
      if (session.endCompletedAt !== undefined) return session;
      if (session.state !== 'ended' || session.revision !== given.revision) return undefined;
      const shards = shardsOf(partition, session);
      if (shards.some(({ taken, closedAt }) => taken !== 0 || closedAt === undefined)) return undefined;
      const ttl = Math.floor(completedAt / 1000) + DAY_SECONDS;
      for (const shard of shards) tables.putShard(session.sessionId, { shard, ttl });
      const { speakerConnectionId: _, ...rest } = session;
      const completed: Session = { ...rest, endCompletedAt: completedAt, revision: session.revision + 1 };
      tables.putSession({ session: completed, ttl });
      return completed;
    },
  };
}

function holds(only: EndCondition, session: Session): boolean {
  if ('speakerConnectionId' in only) return session.speakerConnectionId === only.speakerConnectionId;
  if ('interruptedAt' in only) return session.state === 'interrupted' && session.interruptedAt === only.interruptedAt;
  if ('expiredBy' in only) return session.expiresAt <= only.expiredBy;
  return session.createdAt === only.createdAt;
}
