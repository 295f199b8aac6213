import type { PublicSession } from '../protocol/index.ts';
import type { JoinKeys } from './join-key.ts';
import { targetLanguages } from './languages.ts';
import type { Clock, SessionRepository } from './ports.ts';
import { normaliseSessionId } from './session-id.ts';
import { isLive, joinsOpenAt, parseSessionId, sessionNotFound } from './session-rules.ts';
import { takenPlaces } from './session-status.ts';
import type { WrongSessionIds } from './wrong-session-ids.ts';

export interface LookUpSessionDeps {
  readonly sessions: Pick<SessionRepository, 'findWithPlaces'>;
  readonly wrongSessionIds: WrongSessionIds;
  readonly joinKeys: JoinKeys;
  readonly clock: Clock;
}

export interface LookUpSessionRequest {
  readonly sessionId: string;
  /** The hashed address that the request comes from. */
  readonly addressHash: string;
  /** From a link or a QR code (`k`): proves that the ID was not guessed. */
  readonly joinKey?: string | undefined;
}

/**
 * Tells anybody who knows its ID how a session is, before joining it: never who its owner is, nor how many listen. A
 * wrong ID counts as a guess of its address, in the same counter as those of `joinSession`.
 * @throws {ServiceError} INVALID_SESSION_ID, SESSION_NOT_FOUND, RATE_LIMIT_EXCEEDED, SERVICE_UNAVAILABLE
 */
export function createLookUpSession({ sessions, wrongSessionIds, joinKeys, clock }: LookUpSessionDeps) {
  return async ({ addressHash, joinKey, ...request }: LookUpSessionRequest): Promise<PublicSession> => {
    const sessionId = parseSessionId(request.sessionId, normaliseSessionId);
    const isKeyed = joinKeys.isJoinKeyOf(sessionId, joinKey);
    const [found] = await Promise.all([
      sessions.findWithPlaces(sessionId),
      isKeyed ? undefined : wrongSessionIds.enforce(addressHash),
    ]);
    if (!found || !isLive(found.session, clock.nowMs())) {
      if (!isKeyed) await wrongSessionIds.count(addressHash);
      throw sessionNotFound(sessionId);
    }
    const { session, shards } = found;
    const { state, sourceLanguage, startsAt, capacity } = session;
    const opensAt = joinsOpenAt(session);
    return {
      sessionId,
      state,
      sourceLanguage,
      targetLanguages,
      full: takenPlaces(shards) >= capacity,
      ...(startsAt !== undefined && { startsAt }),
      ...(opensAt !== undefined && { joinsOpenAt: opensAt }),
    };
  };
}
export type LookUpSession = ReturnType<typeof createLookUpSession>;
