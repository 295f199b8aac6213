import type { ServerMessageOf } from '../protocol/index.ts';
import type { PlacesShard, SessionWithPlaces } from './model.ts';
import { durationSeconds, isLive, sessionNow } from './session-rules.ts';

export type SessionStatus = ServerMessageOf<'sessionStatus'>;

/** Returns how a session is, from one consistent read of the session and its shards. @param asOfMs when it was read */
export function statusOf({ session, shards }: SessionWithPlaces, asOfMs: number): SessionStatus {
  const { sessionId, createdAt, expiresAt, endedAt } = session;
  const isOver = !isLive(session, asOfMs);
  const untilMs = isOver ? (endedAt ?? expiresAt) : asOfMs;
  return {
    type: 'sessionStatus',
    sessionId,
    ...sessionNow(session),
    ...(isOver && { state: 'ended' as const }),
    listenerCount: isOver ? 0 : takenPlaces(shards),
    listenersByLanguage: isOver ? {} : listenersByLanguage(shards),
    createdAt,
    expiresAt,
    durationSeconds: durationSeconds(session, untilMs),
    timestamp: asOfMs,
  };
}

export const takenPlaces = (shards: readonly PlacesShard[]): number =>
  shards.reduce((sum, { taken }) => sum + taken, 0);

/** Returns the listeners of each language, in the order of the codes, so that equal counts are equal texts. */
export function listenersByLanguage(shards: readonly PlacesShard[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const { languages } of shards) {
    for (const [language, count] of Object.entries(languages)) sums.set(language, (sums.get(language) ?? 0) + count);
  }
  return Object.fromEntries([...sums].filter(([, count]) => count > 0).sort(([a], [b]) => (a < b ? -1 : 1)));
}
