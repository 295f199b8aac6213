import { listenersByLanguage, type Session, type SessionWithPlaces, takenPlaces } from '@sessions/core/sessions';
import { counted, facts, localTime, table } from './text.ts';

/** A session as the commands show it to machines. */
export function sessionData({ session, shards }: SessionWithPlaces) {
  const { speakerUserId, speakerConnectionId, speakerConnectedAt, speakerClientId, capacity, ...others } = session;
  const { isSpeakerUnaware: _, ...rest } = others; // how its end goes on, and no fact of the session
  return {
    ...rest,
    speaker: {
      userId: speakerUserId,
      ...(speakerConnectionId !== undefined && { connectionId: speakerConnectionId }),
      ...(speakerConnectedAt !== undefined && { connectedAt: speakerConnectedAt }),
      ...(speakerClientId !== undefined && { clientId: speakerClientId }),
    },
    listeners: { total: takenPlaces(shards), capacity, byLanguage: listenersByLanguage(shards) },
    shards: { total: shards.length, used: shards.filter(({ taken }) => taken > 0).length },
    totalJoins: shards.reduce((sum, { joins }) => sum + joins, 0),
  };
}
export type SessionData = ReturnType<typeof sessionData>;

/** Every fact of one session, for people. */
export function sessionText(data: SessionData): string {
  const { sessionId, revision, speaker, listeners, shards, broadcastState, totalJoins } = data;
  const { paused, muted, volume } = broadcastState;
  const time = (atMs: number | undefined) => (atMs === undefined ? undefined : localTime(atMs));
  const languages = Object.entries(listeners.byLanguage).map(([language, count]) => `${language} ${count}`);
  const connected =
    speaker.connectionId === undefined
      ? 'not connected'
      : `connection ${speaker.connectionId}${speaker.connectedAt === undefined ? '' : ` since ${localTime(speaker.connectedAt)}`}`;
  return `${sessionId}\n${facts([
    ['state', `${stateText(data)}, revision ${revision}`],
    ['speaker', `${speaker.userId}, ${connected}`],
    ['client', speaker.clientId],
    ['speaks', `${data.sourceLanguage}, ${data.qualityTier}`],
    ['broadcast', `${paused ? 'paused' : 'not paused'}, ${muted ? 'muted' : 'not muted'}, volume ${volume}`],
    ['listeners', [`${listeners.total} of ${listeners.capacity}`, languages.join(', ')].filter(Boolean).join(': ')],
    ['places', `${shards.used} of ${counted(shards.total, 'shard')} in use, ${counted(totalJoins, 'join')} so far`],
    ['created', time(data.createdAt)],
    ['starts', data.state === 'scheduled' ? time(data.startsAt) : undefined],
    ['started', time(data.startedAt)],
    ['expires', data.state === 'ended' ? undefined : time(data.expiresAt)],
    ['interrupted', time(data.interruptedAt)],
    ['ended', data.endedAt === undefined ? undefined : `${localTime(data.endedAt)}, ${data.endReason}`],
    ['end complete', time(data.endCompletedAt)],
  ])}`;
}

/** One line a session, for people. */
export function sessionsText(sessions: readonly SessionData[]): string {
  if (sessions.length === 0) return 'No session is open.';
  const rows = sessions.map((data) => [
    data.sessionId,
    stateText(data),
    `${data.listeners.total}/${data.listeners.capacity}`,
    Object.keys(data.listeners.byLanguage).join(' '),
    localTime(data.createdAt),
    data.speaker.userId,
  ]);
  return table([['SESSION', 'STATE', 'LISTENERS', 'LANGUAGES', 'CREATED', 'SPEAKER'], ...rows]);
}

const stateText = ({ state, endCompletedAt }: Pick<Session, 'state' | 'endCompletedAt'>): string =>
  state === 'ended' && endCompletedAt === undefined ? 'ending' : state;
