import type { ServerMessageOf, SessionState } from '../protocol/index.ts';
import type { Session } from './model.ts';
import { isLive } from './session-rules.ts';

export type SessionStatus = ServerMessageOf<'sessionStatus'>;

/** How a session is now. @param languages of its listeners, each once */
export function statusOf(session: Session, languages: Iterable<string>, nowMs: number): SessionStatus {
  const { sessionId, createdAt, expiresAt, endedAt, listenerCount } = session;
  const state = stateOf(session, nowMs);
  const untilMs = state === 'ended' ? (endedAt ?? expiresAt) : nowMs;
  return {
    type: 'sessionStatus',
    sessionId,
    state,
    listenerCount: state === 'ended' ? 0 : listenerCount,
    listenersByLanguage: state === 'ended' ? {} : countEach(languages),
    createdAt,
    expiresAt,
    durationSeconds: Math.max(0, Math.floor((untilMs - createdAt) / 1000)),
    timestamp: nowMs,
  };
}

function stateOf(session: Session, nowMs: number): SessionState {
  if (!isLive(session, nowMs)) return 'ended';
  return session.speakerLostAt === undefined ? 'active' : 'interrupted';
}

/** In the order of the names, so that equal counts are equal texts. */
function countEach(languages: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const language of [...languages].sort()) counts[language] = (counts[language] ?? 0) + 1;
  return counts;
}
