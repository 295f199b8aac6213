import type { OwnSession } from '../protocol/index.ts';
import type { JoinKeys } from './join-key.ts';
import type { Session } from './model.ts';
import { isLive, joinsOpenAt, sessionNotFound } from './session-rules.ts';

/** Returns a session as its owner sees it over HTTP. */
export function ownSessionOf(session: Session, joinKeys: JoinKeys): OwnSession {
  const { sessionId, state, revision, sourceLanguage, qualityTier, createdAt, startsAt, expiresAt, capacity } = session;
  const opensAt = joinsOpenAt(session);
  return {
    sessionId,
    state,
    revision,
    sourceLanguage,
    qualityTier,
    createdAt,
    ...(startsAt !== undefined && { startsAt }),
    ...(opensAt !== undefined && { joinsOpenAt: opensAt }),
    expiresAt,
    joinKey: joinKeys.joinKeyOf(sessionId),
    maxListeners: capacity,
  };
}

/**
 * Returns a session that is this user's and has not ended.
 * @throws {ServiceError} SESSION_NOT_FOUND: another user's as well, who must not learn that it exists
 */
export function requireOwnLive(
  session: Session | undefined,
  { sessionId, userId, nowMs }: { sessionId: string; userId: string; nowMs: number },
): Session {
  if (!isLive(session, nowMs) || session.speakerUserId !== userId) throw sessionNotFound(sessionId);
  return session;
}
