import type { ListenerConnection, PlacesShard, Session, SpeakerConnection } from '../../src/sessions/model.ts';
import type { ConnectionRepository } from '../../src/sessions/ports.ts';

/** A live session for four listeners: created at 1,000,000, until 8,200,000. */
export const sampleSession = (change: Partial<Session> = {}): Session => ({
  sessionId: 'faithful-shepherd-427',
  speakerUserId: 'user-1',
  speakerConnectionId: 'speaker-1',
  speakerConnectedAt: 1_000_000,
  sourceLanguage: 'en',
  qualityTier: 'standard',
  state: 'active',
  broadcastState: { paused: false, muted: false, volume: 1 },
  revision: 1,
  capacity: 4,
  createdAt: 1_000_000,
  expiresAt: 8_200_000,
  ...change,
});

/** A session for four listeners that waits for its speaker: created at 1,000,000, to start an hour later, for a day. */
export const sampleScheduled = (change: Partial<Session> = {}): Session => ({
  sessionId: 'faithful-shepherd-427',
  speakerUserId: 'user-1',
  sourceLanguage: 'en',
  qualityTier: 'standard',
  state: 'scheduled',
  broadcastState: { paused: false, muted: false, volume: 1 },
  revision: 1,
  capacity: 4,
  createdAt: 1_000_000,
  startsAt: 4_600_000,
  expiresAt: 91_000_000,
  ...change,
});

/** Its first shard, `1000000#0`, for two listeners. */
export const sampleShard = (change: Partial<PlacesShard> = {}): PlacesShard => ({
  placeShard: '1000000#0',
  capacity: 2,
  taken: 0,
  joins: 0,
  languages: {},
  ...change,
});

/** Both of its shards. */
export const sampleShards = (): PlacesShard[] => [sampleShard(), sampleShard({ placeShard: '1000000#1' })];

/** Its speaker's connection. */
export const sampleSpeaker = (change: Partial<SpeakerConnection> = {}): SpeakerConnection => ({
  connectionId: 'speaker-1',
  sessionId: 'faithful-shepherd-427',
  role: 'speaker',
  userId: 'user-1',
  connectedAt: 1_000_000,
  lastHeartbeatAt: 1_000_000,
  ...change,
});

/** One of its listeners, with a place of the first shard. */
export const sampleListener = (change: Partial<ListenerConnection> = {}): ListenerConnection => ({
  connectionId: 'listener-1',
  sessionId: 'faithful-shepherd-427',
  role: 'listener',
  targetLanguage: 'es',
  placeShard: '1000000#0',
  connectedAt: 1_000_000,
  lastHeartbeatAt: 1_000_000,
  ...change,
});

/** Everything of all pages, in one list. */
export async function collect<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

/** The listeners with a place, as the index lists them. */
export const listedIds = async (connections: ConnectionRepository, sessionId: string): Promise<string[]> =>
  (await collect(connections.listenerPages(sessionId))).map(({ connectionId }) => connectionId);
