import type { ServerMessageOf } from '../protocol/index.ts';
import { findSpeaker, movedToAnotherConnection } from './find-speaker.ts';
import type { Session } from './model.ts';
import type { Clock, ConnectionRepository, SessionRepository } from './ports.ts';
import { type Identity, requireSpeaker } from './speaker-identity.ts';

export interface EndOwnSessionDeps {
  readonly sessions: Pick<SessionRepository, 'find' | 'end'>;
  readonly connections: Pick<ConnectionRepository, 'find'>;
  readonly clock: Clock;
}

export interface EndOwnSessionRequest {
  readonly connectionId: string;
  readonly identity: Identity;
}

/**
 * Ends the speaker's session. Its listeners are notified by the stream of the sessions table, not here: the speaker gets
 * the answer at once. Asking again gives the same answer.
 * @throws {ServiceError} TOKEN_EXPIRED, NOT_IN_SESSION, FORBIDDEN
 */
export function createEndOwnSession({ sessions, connections, clock }: EndOwnSessionDeps) {
  return async ({ connectionId, identity }: EndOwnSessionRequest): Promise<ServerMessageOf<'sessionEnded'>> => {
    const nowMs = clock.nowMs();
    if (identity.kind !== 'anonymous') requireSpeaker(identity, nowMs);
    const { sessionId } = await findSpeaker(connectionId, 'end the session', connections);
    const ended = await sessions.end({
      sessionId,
      endedAt: nowMs,
      endReason: 'speakerEnded',
      only: { speakerConnectionId: connectionId },
    });
    return reply(sessionId, ended ?? (await endedEarlier(sessionId)));
  };

  async function endedEarlier(sessionId: string): Promise<Session | undefined> {
    const session = await sessions.find(sessionId);
    if (session !== undefined && session.state !== 'ended') throw movedToAnotherConnection();
    return session;
  }
}
export type EndOwnSession = ReturnType<typeof createEndOwnSession>;

const reply = (sessionId: string, session: Session | undefined): ServerMessageOf<'sessionEnded'> => ({
  type: 'sessionEnded',
  sessionId,
  // Without a record, it ended days ago. Completing the end is one more write: the answer is the same before and after.
  revision: session === undefined ? 1 : session.revision - (session.endCompletedAt === undefined ? 0 : 1),
  reason: session?.endReason ?? 'expired',
});
