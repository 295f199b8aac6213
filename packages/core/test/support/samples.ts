import type { Connection, Session } from '../../src/sessions/model.ts';
import type { ConnectionRepository } from '../../src/sessions/ports.ts';

/** A live session: created at 1,000,000, until 8,200,000. */
export const sampleSession = (change: Partial<Session> = {}): Session => ({
  sessionId: 'faithful-shepherd-427',
  speakerUserId: 'user-1',
  speakerConnectionId: 'speaker-1',
  sourceLanguage: 'en',
  qualityTier: 'standard',
  isActive: true,
  listenerCount: 0,
  createdAt: 1_000_000,
  expiresAt: 8_200_000,
  ...change,
});

/** Its speaker's connection. */
export const sampleSpeaker = (change: Partial<Connection> = {}): Connection => ({
  connectionId: 'speaker-1',
  sessionId: 'faithful-shepherd-427',
  role: 'speaker',
  userId: 'user-1',
  connectedAt: 1_000_000,
  lastHeartbeatAt: 1_000_000,
  ...change,
});

/** One of its listeners. */
export const sampleListener = (change: Partial<Connection> = {}): Connection => ({
  connectionId: 'listener-1',
  sessionId: 'faithful-shepherd-427',
  role: 'listener',
  targetLanguage: 'es',
  connectedAt: 1_000_000,
  lastHeartbeatAt: 1_000_000,
  ...change,
});

/** Everything of all pages, in one list. */
export async function collect<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

/** Who has a place, as the index lists them. */
export const listedIds = async (connections: ConnectionRepository, sessionId: string): Promise<string[]> =>
  (await collect(connections.listenerPages(sessionId))).map(({ connectionId }) => connectionId);
