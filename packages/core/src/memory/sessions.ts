import type { SessionRepository } from '../sessions/ports.ts';
import { createEndOperations } from './ends.ts';
import type { IsBehind } from './index-history.ts';
import { createListenerOperations } from './listeners.ts';
import { createScheduledOperations } from './scheduled-sessions.ts';
import { createSpeakerOperations } from './speakers.ts';
import { type MemoryTables, OPEN, shardsOf } from './tables.ts';

export interface MemorySessionsOptions {
  /** Sessions on a page of the index. */
  readonly pageSize?: number;
  /** Decides how far a query of the index lags behind; nothing, unless given. */
  readonly isBehind?: IsBehind;
}

/** Sessions in memory, with the promises of the port: every method is one atomic step. */
export function createMemorySessionRepository(
  tables: MemoryTables,
  { pageSize = 100, isBehind }: MemorySessionsOptions = {},
): SessionRepository {
  const openSessions = () => tables.openIndex.read(OPEN, isBehind);

  return {
    ...createSpeakerOperations(tables),
    ...createScheduledOperations(tables),
    ...createListenerOperations(tables),
    ...createEndOperations(tables),

    async find(sessionId) {
      return tables.partitions.get(sessionId)?.stored?.session;
    },
    async findWithPlaces(sessionId) {
      const partition = tables.partitions.get(sessionId);
      const session = partition?.stored?.session;
      if (partition === undefined || session === undefined) return undefined;
      return { session, shards: shardsOf(partition, session) };
    },

    async *openPages() {
      let after: string | undefined;
      for (;;) {
        const start = after;
        const rest = openSessions()
          .filter(({ sessionId }) => start === undefined || sessionId > start)
          .sort((one, other) => (one.sessionId < other.sessionId ? -1 : 1));
        const page = rest.slice(0, pageSize);
        yield page;
        if (rest.length <= pageSize) return;
        after = page.at(-1)?.sessionId;
      }
    },
    async openSessionsOf(speakerUserId) {
      return openSessions().filter((session) => session.speakerUserId === speakerUserId);
    },

    async denySpeaker({ userId, deniedAt }) {
      tables.deniedUsers.set(userId, deniedAt);
    },
    async allowSpeaker(userId) {
      tables.deniedUsers.delete(userId);
    },

    async findAnnouncedLanguages(sessionId) {
      return tables.partitions.get(sessionId)?.announced;
    },
    async storeAnnouncedLanguages({ sessionId, createdAt, languages, asOf }) {
      const partition = tables.partitionOf(sessionId);
      const stored = partition.announced;
      const isLater =
        stored === undefined || stored.createdAt < createdAt || (stored.createdAt === createdAt && stored.asOf <= asOf);
      if (isLater) partition.announced = { createdAt, languages, asOf };
    },
  };
}
