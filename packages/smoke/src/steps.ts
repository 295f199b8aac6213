import { setTimeout as delay } from 'node:timers/promises';
import type { Cast } from './cast.ts';
import type { Connection } from './connection.ts';
import {
  aCount,
  activeSession,
  aHeartbeatInterval,
  aNewConnectionId,
  aSessionId,
  aText,
  aTimeOfNow,
  aTimeToCome,
  type Expected,
  type Frame,
  positionsIn,
  recentPositionsIn,
  type Session,
} from './expectations.ts';
import type { Journal } from './journal.ts';

/** Who has joined. */
export interface Listener {
  connection: Connection;
  connectionId: string;
  targetLanguage: string;
  place: string;
}

const SOURCE_LANGUAGE = 'en';

/** What a connection follows. */
export const speakerChannels: readonly string[] = ['speaker', 'all'];
export const listenerChannels = (targetLanguage: string): readonly string[] => [targetLanguage, 'all'];

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
    joinKey: aText,
    maxListeners: aCount(1_000_000),
    ...activeSession,
    epoch: aTimeOfNow,
    positions: positionsIn({ sessionId: '', epoch: 0, heads: {} }, speakerChannels).positions,
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
    ...activeSession,
    listenerCount: targetLanguages.length,
    listenersByLanguage: Object.fromEntries(counts),
    createdAt,
    expiresAt: aTimeToCome,
    durationSeconds: aCount(MAX_DURATION_SECONDS),
    timestamp: aTimeOfNow,
  };
}

export function join(
  cast: Cast,
  connection: Connection,
  joining: {
    session: Session;
    targetLanguage: string;
    listenerCount: number;
    joinKey?: string;
    connectionId?: string;
  },
): Promise<Frame> {
  const {
    session,
    targetLanguage,
    listenerCount,
    joinKey,
    connectionId = aNewConnectionId(cast.connectionIds),
  } = joining;
  const { sessionId } = session;
  // As it was heard and typed, not as it is written.
  const typed = sessionId.replaceAll('-', ' ').toUpperCase();
  return cast.ask(
    'joinSession',
    connection,
    { action: 'joinSession', sessionId: typed, targetLanguage, ...(joinKey === undefined ? {} : { joinKey }) },
    {
      type: 'sessionJoined',
      sessionId,
      sourceLanguage: SOURCE_LANGUAGE,
      targetLanguage,
      connectionId,
      place: aText,
      listenerCount,
      ...activeSession,
      ...positionsIn(session, listenerChannels(targetLanguage)),
      heartbeatIntervalSeconds: aHeartbeatInterval,
    },
  );
}

export async function heartbeat(
  cast: Cast,
  connection: Connection,
  { session, channels }: { session: Session; channels: readonly string[] },
): Promise<void> {
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
      sessionId: session.sessionId,
      ...activeSession,
      ...recentPositionsIn(session, channels),
    },
  );
}

/** The listener hears another language, in its place. */
export async function changeLanguage(
  cast: Cast,
  listener: Listener,
  { session, targetLanguage }: { session: Session; targetLanguage: string },
): Promise<void> {
  const message = { action: 'changeLanguage', targetLanguage };
  const expected = {
    type: 'languageChanged',
    sessionId: session.sessionId,
    targetLanguage,
    ...activeSession,
    ...positionsIn(session, listenerChannels(targetLanguage)),
  };
  await cast.ask('changeLanguage', listener.connection, message, expected);
  Object.assign(listener, { targetLanguage });
}

/** The speaker pauses and goes on: each is a reply, and a notification to every listener. */
export async function pauseAndGoOn(
  cast: Cast,
  journal: Journal,
  { sessionId, speaker, listeners }: { sessionId: string; speaker: Connection; listeners: readonly Listener[] },
): Promise<void> {
  for (const paused of [true, false]) {
    const broadcastState = { paused, muted: false, volume: 1 };
    const expected = { type: 'broadcastStateChanged', sessionId, ...activeSession, broadcastState };
    const notified = listeners.map(async ({ connection }) => {
      const isIt = ({ type, broadcastState }: Frame) =>
        type === 'broadcastStateChanged' && (broadcastState as Frame | undefined)?.paused === paused;
      const notification = await connection.next(isIt, 'broadcastStateChanged');
      journal.checkMessage(`${connection.who}: push`, notification, expected);
    });
    // Wait for both whatever happens: what is left waiting would fail unheard.
    const outcomes = await Promise.allSettled([
      cast.ask('setBroadcastState', speaker, { action: 'setBroadcastState', paused }, expected),
      ...notified,
    ]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    // Changes keep a quarter of a second apart.
    await delay(300);
  }
}

/** @param since after which offsets messages were missed, by channel */
export async function refreshListener(
  cast: Cast,
  listener: Listener,
  { session, since }: { session: Session; since: Readonly<Record<string, number>> },
): Promise<void> {
  const { sessionId, epoch } = session;
  const { connection: old, connectionId: previousConnectionId, targetLanguage, place } = listener;
  const connection = await cast.listener(`${old.who}, refreshed`);
  const message = {
    action: 'refreshConnection',
    sessionId,
    role: 'listener',
    previousConnectionId,
    targetLanguage,
    place,
    epoch,
    since,
  };
  const refreshed = await cast.ask('refreshConnection', connection, message, {
    type: 'connectionRefreshComplete',
    sessionId,
    role: 'listener',
    targetLanguage,
    place,
    connectionId: aNewConnectionId(cast.connectionIds),
    previousConnectionId,
    expiresAt: aTimeToCome,
    ...activeSession,
    ...positionsIn(session, listenerChannels(targetLanguage)),
    recovered: true,
    heartbeatIntervalSeconds: aHeartbeatInterval,
  });
  await old.close();
  Object.assign(listener, { connection, connectionId: String(refreshed.connectionId) });
}

export async function refreshSpeaker(
  cast: Cast,
  old: Connection,
  { session, previousConnectionId, joinKey }: { session: Session; previousConnectionId: string; joinKey: string },
): Promise<Connection> {
  const { sessionId } = session;
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
      expiresAt: aTimeToCome,
      ...activeSession,
      ...positionsIn(session, speakerChannels),
      heartbeatIntervalSeconds: aHeartbeatInterval,
      joinKey,
    },
  );
  return speaker;
}
