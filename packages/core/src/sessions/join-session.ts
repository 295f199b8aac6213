import { type ServerMessageOf, ServiceError } from '../protocol/index.ts';
import { parseTargetLanguage } from './language-rules.ts';
import { isListenerOf, type Session } from './model.ts';
import type { Clock, ConnectionRepository, Meter, Push, RateLimiter, SessionRepository } from './ports.ts';
import { refuseBeyond } from './rate-limit.ts';
import { normaliseSessionId } from './session-id.ts';
import { isLive, parseSessionId } from './session-rules.ts';
import type { TellSpeaker } from './tell-speaker.ts';

/**
 * How far beyond the limit an address may go on failing before its connections are closed. The refusal alone stops no
 * guesser, since a right ID always gets in; a connection for each guess does, for those are limited as well.
 */
const PERSISTENT_GUESSING = 4;

export interface JoinSessionDeps {
  readonly sessions: SessionRepository;
  readonly connections: ConnectionRepository;
  readonly limiter: RateLimiter;
  readonly push: Pick<Push, 'close'>;
  readonly tellSpeaker: TellSpeaker;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly settings: {
    readonly maxListeners: number;
    readonly heartbeatIntervalSeconds: number;
    readonly failedJoinsPerMinute: number;
  };
}

export interface JoinSessionRequest {
  readonly connectionId: string;
  readonly connectedAt: number;
  /** The hashed address that the connection comes from. */
  readonly addressHash: string;
  readonly sessionId: string;
  readonly targetLanguage: string;
}

/**
 * Gives a listener a place in a session. The place is counted before the connection is stored: a crash between the
 * two leaves a count that is one too high, which the sweeper mends, never one that is too low.
 * Asking twice on one connection gives the same answer and counts once.
 *
 * Only failed joins are limited: hundreds of listeners behind one address are the normal case, guessing IDs is not.
 * @throws {ServiceError} INVALID_SESSION_ID, INVALID_LANGUAGE, UNSUPPORTED_LANGUAGE, SESSION_NOT_FOUND, SESSION_FULL,
 * ALREADY_IN_SESSION, RATE_LIMIT_EXCEEDED
 */
export function createJoinSession(deps: JoinSessionDeps) {
  const { sessions, connections, clock, settings } = deps;

  return async (request: JoinSessionRequest): Promise<ServerMessageOf<'sessionJoined'>> => {
    const { connectionId } = request;
    const targetLanguage = parseTargetLanguage(request.targetLanguage);
    const sessionId = await sessionIdOf(request);

    const nowMs = clock.nowMs();
    const session = await sessions.addListener({ sessionId, nowMs, capacity: settings.maxListeners });
    if (session === undefined) return answerRefusal(request, sessionId, targetLanguage, nowMs);

    const isFirst = await connections.create({
      connectionId,
      sessionId,
      role: 'listener',
      targetLanguage,
      connectedAt: request.connectedAt,
      lastHeartbeatAt: nowMs,
    });
    if (isFirst) {
      await deps.tellSpeaker(session, { taken: { connectionId, targetLanguage } });
      return reply(session, connectionId, targetLanguage);
    }

    await sessions.removeListener(sessionId);
    const earlier = await connections.find(connectionId);
    if (!isListenerOf(earlier, sessionId, targetLanguage)) throw alreadyInSession();
    return reply({ ...session, listenerCount: session.listenerCount - 1 }, connectionId, targetLanguage);
  };

  /** Reads what the conditional write could not say: has this connection joined before, is the session there, is it full? */
  async function answerRefusal(
    request: JoinSessionRequest,
    sessionId: string,
    targetLanguage: string,
    nowMs: number,
  ): Promise<ServerMessageOf<'sessionJoined'>> {
    const [session, earlier] = await Promise.all([sessions.find(sessionId), connections.find(request.connectionId)]);
    if (session === undefined || !isLive(session, nowMs)) {
      const error = new ServiceError('SESSION_NOT_FOUND', `There is no live session ${sessionId}`);
      return failJoin(request, error, earlier === undefined);
    }
    if (isListenerOf(earlier, sessionId, targetLanguage)) return reply(session, request.connectionId, targetLanguage);
    if (earlier !== undefined) throw alreadyInSession();
    throw new ServiceError('SESSION_FULL', `Session ${sessionId} has ${settings.maxListeners} listeners`, {
      details: [{ field: 'sessionId', problem: `has ${settings.maxListeners} listeners, its maximum` }],
    });
  }

  async function sessionIdOf(request: JoinSessionRequest): Promise<string> {
    try {
      return parseSessionId(request.sessionId, normaliseSessionId);
    } catch (error) {
      // Such an ID is no guess that could be right.
      return failJoin(request, error, false);
    }
  }

  /** @param mayClose not a connection that has a role: its end would end that, too */
  async function failJoin(request: JoinSessionRequest, error: unknown, mayClose: boolean): Promise<never> {
    const check = { operation: 'failedJoin', subject: request.addressHash, windowSeconds: 60 } as const;
    const limit = settings.failedJoinsPerMinute;
    await refuseBeyond(limit, check, deps, async (count) => {
      if (mayClose && count > limit * PERSISTENT_GUESSING) await deps.push.close(request.connectionId);
    });
    throw error;
  }

  function reply(session: Session, connectionId: string, targetLanguage: string): ServerMessageOf<'sessionJoined'> {
    return {
      type: 'sessionJoined',
      sessionId: session.sessionId,
      sourceLanguage: session.sourceLanguage,
      targetLanguage,
      connectionId,
      listenerCount: session.listenerCount,
      heartbeatIntervalSeconds: settings.heartbeatIntervalSeconds,
    };
  }
}

const alreadyInSession = () =>
  new ServiceError('ALREADY_IN_SESSION', 'This connection already has a role: open a new one to join');
