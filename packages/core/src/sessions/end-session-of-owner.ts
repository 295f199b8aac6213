import type { Clock, SessionRepository } from './ports.ts';
import { parseSessionId, sessionNotFound } from './session-rules.ts';
import { type Identity, requireSpeaker } from './speaker-identity.ts';

export interface EndSessionOfOwnerDeps {
  readonly sessions: Pick<SessionRepository, 'find' | 'end'>;
  readonly clock: Clock;
}

export interface EndSessionOfOwnerRequest {
  readonly identity: Identity;
  readonly sessionId: string;
}

/**
 * Ends a session of its owner, who need not speak in it at this moment. Listeners, and the speaker's connection if there
 * is one, are notified by the stream of the sessions table. Asking again gives the same answer.
 * @returns the ID, in its one written form
 * @throws {ServiceError} UNAUTHORIZED, TOKEN_EXPIRED, INVALID_SESSION_ID, SERVICE_UNAVAILABLE, SESSION_NOT_FOUND:
 * another user's as well, who must not learn that it exists
 */
export const createEndSessionOfOwner =
  ({ sessions, clock }: EndSessionOfOwnerDeps) =>
  async ({ identity, ...request }: EndSessionOfOwnerRequest): Promise<string> => {
    const nowMs = clock.nowMs();
    const userId = requireSpeaker(identity, nowMs);
    const sessionId = parseSessionId(request.sessionId);
    const session = await sessions.find(sessionId);
    // Its owner never changes: with `createdAt`, the write needs no condition on it.
    if (session?.speakerUserId !== userId) throw sessionNotFound(sessionId);
    if (session.state === 'ended') return sessionId;
    const only = { createdAt: session.createdAt };
    // Refused, it has ended meanwhile, which is what was asked for.
    await sessions.end({ sessionId, endedAt: nowMs, endReason: 'speakerEnded', only, isSpeakerUnaware: true });
    return sessionId;
  };
export type EndSessionOfOwner = ReturnType<typeof createEndSessionOfOwner>;
