import type { createLeaveSession } from './leave-session.ts';
import type { Connection, Session } from './model.ts';
import type { Clock, SessionRepository } from './ports.ts';

export interface VerifySessionDeps {
  readonly sessions: SessionRepository;
  readonly clock: Clock;
  readonly leaveSession: ReturnType<typeof createLeaveSession>;
  readonly settings: { readonly reconcileAfterMs: number };
}

/**
 * Compares a live session with the connections that a sweep found. One look cannot tell a mismatch from a join or
 * refresh in flight, so it is first noted on the session, and mended by a later sweep that finds it unchanged after
 * `reconcileAfterMs`.
 */
export function createVerifySession({ sessions, clock, leaveSession, settings }: VerifySessionDeps) {
  /** @returns whether something was mended */
  return async (session: Session, places: number, alive: ReadonlyMap<string, Connection>): Promise<boolean> => {
    const { sessionId, suspicion } = session;
    const isCountWrong = session.listenerCount !== places;
    const isSpeakerMissing = session.speakerLostAt === undefined && !hasItsSpeaker(session, alive);
    if (!isCountWrong && !isSpeakerMissing) {
      // Forgotten at once: the same numbers may come up again by chance, and would then be believed at first sight.
      if (suspicion !== undefined) await sessions.suspect(sessionId, undefined);
      return false;
    }
    const what = [
      isCountWrong ? `count ${session.listenerCount} for ${places}` : '',
      isSpeakerMissing ? `no speaker ${session.speakerConnectionId}` : '',
    ].join(' ');
    const nowMs = clock.nowMs();
    if (suspicion?.what !== what) {
      await sessions.suspect(sessionId, { what, since: nowMs });
      return false;
    }
    if (nowMs - suspicion.since < settings.reconcileAfterMs) return false;

    if (isCountWrong) await sessions.correctCount({ sessionId, from: session.listenerCount, to: places });
    if (isSpeakerMissing) await leaveSession(missingSpeaker(session), 'lost');
    return true;
  };
}

/** Whether the connection that the session takes for its speaker's is there. */
export const hasItsSpeaker = (
  { sessionId, speakerConnectionId }: Session,
  alive: ReadonlyMap<string, Connection>,
): boolean => alive.get(speakerConnectionId)?.sessionId === sessionId;

/** The connection that the session believes in, as if it had just been removed. */
const missingSpeaker = ({ sessionId, speakerConnectionId, createdAt }: Session): Connection => ({
  connectionId: speakerConnectionId,
  sessionId,
  role: 'speaker',
  connectedAt: createdAt,
  lastHeartbeatAt: createdAt,
});
