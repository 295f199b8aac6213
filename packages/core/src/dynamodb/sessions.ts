import type { SessionRepository } from '../sessions/ports.ts';
import { createAnnouncedLanguages } from './announced-languages.ts';
import type { Database } from './database.ts';
import { createDeniedSpeakers } from './denied-speakers.ts';
import { createEnds } from './ends.ts';
import { createPlaces } from './places.ts';
import type { RetryOptions } from './retry.ts';
import { createScheduledSessions } from './scheduled-sessions.ts';
import { createSessionReads } from './session-reads.ts';
import { createSpeakers } from './speakers.ts';
import { createStore, type TableNames } from './store.ts';

/** Sessions in DynamoDB: a partition each, with an item for the session and one for each shard of its places. */
export function createSessionRepository(
  database: Database,
  tables: TableNames,
  options?: RetryOptions,
): SessionRepository {
  const store = createStore(database, tables, options);
  return {
    ...createSessionReads(store),
    ...createSpeakers(store),
    ...createScheduledSessions(store),
    ...createPlaces(store),
    ...createEnds(store),
    ...createDeniedSpeakers(store),
    ...createAnnouncedLanguages(store),
  };
}
