import type { Cast } from './cast.ts';
import type { Connection } from './connection.ts';
import {
  aCount,
  aHeartbeatInterval,
  aNewConnectionId,
  aSessionId,
  aText,
  aTimeOfNow,
  aTimeToCome,
  type Expected,
  type Frame,
  someOf,
} from './expectations.ts';

/** Who has joined. */
export interface Listener {
  connection: Connection;
  connectionId: string;
  readonly targetLanguage: string;
}

const SOURCE_LANGUAGE = 'en';

/** Longer than the longest run of this: twenty rounds, ten minutes apart. */
const MAX_DURATION_SECONDS = 4 * 3600;

export function createSession(cast: Cast, speaker: Connection): Promise<Frame> {
  const message = { action: 'createSession', sourceLanguage: SOURCE_LANGUAGE };
  return cast.ask('createSession', speaker, message, {
    type: 'sessionCreated',
    sessionId: aSessionId,
    sourceLanguage: SOURCE_LANGUAGE,
    qualityTier: 'standard',
    connectionId: aText,
    createdAt: aTimeOfNow,
    expiresAt: aTimeToCome,
    heartbeatIntervalSeconds: aHeartbeatInterval,
  });
}

/** As the speaker is told it, when everybody has joined. */
export function statusOf({ sessionId, createdAt }: Frame, targetLanguages: readonly string[]): Expected {
  const byLanguage = Object.groupBy(targetLanguages, (language) => language);
  const counts = Object.entries(byLanguage).map(([language, those = []]) => [language, those.length]);
  return {
    type: 'sessionStatus',
    sessionId,
    state: 'active',
    listenerCount: targetLanguages.length,
    listenersByLanguage: someOf(Object.fromEntries(counts)),
    createdAt,
    expiresAt: aTimeToCome,
    durationSeconds: aCount(MAX_DURATION_SECONDS),
    timestamp: aTimeOfNow,
  };
}

export function join(
  cast: Cast,
  connection: Connection,
  joining: { sessionId: string; targetLanguage: string; listenerCount: number; connectionId?: string },
): Promise<Frame> {
  const { sessionId, targetLanguage, listenerCount, connectionId = aNewConnectionId(cast.connectionIds) } = joining;
  // As it was heard and typed, not as it is written.
  const typed = sessionId.replaceAll('-', ' ').toUpperCase();
  return cast.ask(
    'joinSession',
    connection,
    { action: 'joinSession', sessionId: typed, targetLanguage },
    {
      type: 'sessionJoined',
      sessionId,
      sourceLanguage: SOURCE_LANGUAGE,
      targetLanguage,
      connectionId,
      listenerCount,
      heartbeatIntervalSeconds: aHeartbeatInterval,
    },
  );
}

export async function heartbeat(cast: Cast, connection: Connection): Promise<void> {
  const sentAt = Date.now();
  await cast.ask(
    'heartbeat',
    connection,
    { action: 'heartbeat', sentAt },
    {
      type: 'heartbeatAck',
      timestamp: aTimeOfNow,
      sentAt,
      connectionExpiresAt: aTimeToCome,
    },
  );
}

export async function refreshListener(cast: Cast, listener: Listener, sessionId: string): Promise<void> {
  const { connection: old, connectionId: previousConnectionId, targetLanguage } = listener;
  const connection = await cast.listener(`${old.who}, refreshed`);
  const message = { action: 'refreshConnection', sessionId, role: 'listener', previousConnectionId };
  const refreshed = await cast.ask('refreshConnection', connection, message, {
    type: 'connectionRefreshComplete',
    sessionId,
    role: 'listener',
    targetLanguage,
    connectionId: aNewConnectionId(cast.connectionIds),
    previousConnectionId,
  });
  await old.close();
  Object.assign(listener, { connection, connectionId: String(refreshed.connectionId) });
}

export async function refreshSpeaker(
  cast: Cast,
  old: Connection,
  { sessionId, previousConnectionId }: { sessionId: string; previousConnectionId: string },
): Promise<Connection> {
  const speaker = await cast.speaker(`${old.who}, refreshed`);
  await cast.ask(
    'refreshConnection',
    speaker,
    { action: 'refreshConnection', sessionId, role: 'speaker' },
    {
      type: 'connectionRefreshComplete',
      sessionId,
      role: 'speaker',
      connectionId: aNewConnectionId(cast.connectionIds),
      previousConnectionId,
    },
  );
  return speaker;
}
