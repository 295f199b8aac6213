import { type EndReason, type ServerMessageOf, ServiceError } from '../protocol/index.ts';
import type { createEndSession } from './end-session.ts';
import type { ConnectionRepository, SessionRepository } from './ports.ts';

export interface EndOwnSessionDeps {
  readonly sessions: Pick<SessionRepository, 'find'>;
  readonly connections: Pick<ConnectionRepository, 'find'>;
  readonly endSession: ReturnType<typeof createEndSession>;
}

/**
 * The speaker ends the session. Asking again, while the connection is still known, gives the same answer.
 * @throws {ServiceError} NOT_IN_SESSION, FORBIDDEN
 */
export function createEndOwnSession({ sessions, connections, endSession }: EndOwnSessionDeps) {
  return async (connectionId: string): Promise<ServerMessageOf<'sessionEnded'>> => {
    const connection = await connections.find(connectionId);
    if (connection === undefined) {
      throw new ServiceError('NOT_IN_SESSION', 'This connection has no role in a session');
    }
    const { sessionId, role } = connection;
    if (role !== 'speaker') throw new ServiceError('FORBIDDEN', 'Only the speaker can end the session');

    const only = { speakerConnectionId: connectionId };
    const hasEnded = await endSession({ sessionId, reason: 'speakerEnded', only, speaker: 'asked' });
    return { type: 'sessionEnded', sessionId, reason: hasEnded ? 'speakerEnded' : await earlierReason(sessionId) };
  };

  async function earlierReason(sessionId: string): Promise<EndReason> {
    const session = await sessions.find(sessionId);
    if (session?.isActive) {
      throw new ServiceError('FORBIDDEN', 'The session has moved to another connection of its speaker: end it there');
    }
    return session?.endReason ?? 'expired';
  }
}
