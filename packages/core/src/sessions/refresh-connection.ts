import { type Role, type ServerMessageOf, ServiceError } from '../protocol/index.ts';
import { isListenerOf } from './model.ts';
import type { Clock, ConnectionRepository, Meter, Push, SessionRepository } from './ports.ts';
import { isLive, parseSessionId } from './session-rules.ts';
import { tellListeners } from './tell-listeners.ts';
import { pushStatus, withinReason } from './tell-speaker.ts';

export interface RefreshConnectionDeps {
  readonly sessions: SessionRepository;
  readonly connections: ConnectionRepository;
  readonly push: Push;
  readonly meter: Meter;
  readonly clock: Clock;
  /** Told why a speaker who has moved was not told the status. */
  readonly onUntold: (error: unknown) => void;
  readonly settings: { readonly sessionMaxDurationMs: number };
}

export interface RefreshRequest {
  readonly connectionId: string;
  readonly connectedAt: number;
  readonly userId: string | undefined;
  readonly sessionId: string;
  readonly role: Role;
  readonly previousConnectionId?: string | undefined;
}

type Refreshed = ServerMessageOf<'connectionRefreshComplete'>;

/**
 * Moves a speaker or a listener from an old connection, which may still be open, to the one that asks.
 * @throws {ServiceError} UNAUTHORIZED, FORBIDDEN, SESSION_NOT_FOUND, NOT_IN_SESSION, ALREADY_IN_SESSION,
 * INVALID_SESSION_ID, INVALID_PARAMETERS
 */
export function createRefreshConnection(deps: RefreshConnectionDeps) {
  const { sessions, connections, clock, settings } = deps;

  return async (request: RefreshRequest): Promise<Refreshed> => {
    const sessionId = parseSessionId(request.sessionId);
    return request.role === 'speaker' ? refreshSpeaker(request, sessionId) : refreshListener(request, sessionId);
  };

  /** The session moves first; from then on the old connection's end means nothing. */
  async function refreshSpeaker(request: RefreshRequest, sessionId: string): Promise<Refreshed> {
    const { connectionId, connectedAt, userId } = request;
    if (userId === undefined) {
      throw new ServiceError('UNAUTHORIZED', 'A speaker refreshes on a connection that was opened with a token');
    }
    const nowMs = clock.nowMs();
    const expiresAt = nowMs + settings.sessionMaxDurationMs;
    const before = await sessions.moveSpeaker({ sessionId, userId, connectionId, nowMs, expiresAt });
    if (before === undefined) throw await whySpeakerMayNot(sessionId, userId, nowMs);
    const { speakerConnectionId: old } = before;

    const speaker = { connectionId, sessionId, role: 'speaker', userId, connectedAt, lastHeartbeatAt: nowMs } as const;
    const isFirst = await connections.create(speaker);
    if (!isFirst) {
      const earlier = await connections.find(connectionId);
      if (earlier?.role !== 'speaker' || earlier.sessionId !== sessionId) {
        await sessions.moveSpeakerBack({ sessionId, from: connectionId, before });
        throw alreadyInSession();
      }
    }
    if (old !== connectionId) await connections.remove(old);
    // Moved already, yet new to the table: an earlier attempt got no further (or no answer), and told nobody.
    const isResumption = old === connectionId && isFirst;
    let gone = 0;
    if (before.speakerLostAt !== undefined || isResumption) {
      gone = await tellListeners(sessionId, { type: 'sessionResumed', sessionId }, deps);
    }
    // The page on the new connection may be a new one, and knows nothing yet.
    const { speakerLostAt: _, ...session } = before;
    const listenerCount = Math.max(0, before.listenerCount - gone);
    const after = { ...session, speakerConnectionId: connectionId, expiresAt, listenerCount };
    await withinReason(() => pushStatus(after, nowMs, deps), deps.onUntold);
    const previousConnectionId = old === connectionId ? (request.previousConnectionId ?? old) : old;
    return { type: 'connectionRefreshComplete', sessionId, role: 'speaker', connectionId, previousConnectionId };
  }

  async function whySpeakerMayNot(sessionId: string, userId: string, nowMs: number): Promise<ServiceError> {
    const session = await sessions.find(sessionId);
    if (session === undefined || !isLive(session, nowMs)) return sessionNotFound(sessionId);
    return session.speakerUserId === userId
      ? new ServiceError('SERVICE_UNAVAILABLE', 'The session changed at the same moment; try again', {
          retryAfterSeconds: 1,
        })
      : new ServiceError('FORBIDDEN', 'The session belongs to another user');
  }

  /** The place moves: the old connection gives it up and the new one takes it; the session's count does not change. */
  async function refreshListener(request: RefreshRequest, sessionId: string): Promise<Refreshed> {
    const { connectionId, connectedAt } = request;
    const previousConnectionId = requirePrevious(request);
    const nowMs = clock.nowMs();
    const old = await connections.supersede({
      connectionId: previousConnectionId,
      sessionId,
      supersededBy: connectionId,
    });
    const targetLanguage = old?.supersededLanguage;
    if (old === undefined || targetLanguage === undefined) {
      throw await whyListenerMayNot(previousConnectionId, sessionId, nowMs);
    }
    const listener = {
      connectionId,
      sessionId,
      role: 'listener',
      targetLanguage,
      supersedes: previousConnectionId,
      connectedAt,
      lastHeartbeatAt: nowMs,
    } as const;
    if (!(await connections.create(listener))) {
      const earlier = await connections.find(connectionId);
      // One with a place of its own would take a second one, from somebody else.
      const isRepeated =
        isListenerOf(earlier, sessionId, targetLanguage) && earlier?.supersedes === previousConnectionId;
      if (!isRepeated) {
        await connections.restore({ connectionId: previousConnectionId, supersededBy: connectionId });
        throw alreadyInSession();
      }
    }
    return {
      type: 'connectionRefreshComplete',
      sessionId,
      role: 'listener',
      targetLanguage,
      connectionId,
      previousConnectionId,
    };
  }

  async function whyListenerMayNot(previousId: string, sessionId: string, nowMs: number): Promise<ServiceError> {
    const [session, previous] = await Promise.all([sessions.find(sessionId), connections.find(previousId)]);
    if (session === undefined || !isLive(session, nowMs)) return sessionNotFound(sessionId);
    if (previous !== undefined && (previous.sessionId !== sessionId || previous.role !== 'listener')) {
      return forbiddenPrevious('belongs to another session or role');
    }
    return new ServiceError(
      'NOT_IN_SESSION',
      'The previous connection no longer has a place in the session: join again',
      {
        details: [{ field: 'previousConnectionId', problem: 'no longer has a place in the session' }],
      },
    );
  }
}

function requirePrevious({ previousConnectionId, connectionId }: RefreshRequest): string {
  if (previousConnectionId !== undefined && previousConnectionId !== connectionId) return previousConnectionId;
  const problem =
    previousConnectionId === undefined
      ? 'is missing: a listener proves its place with it'
      : 'must be another connection than the one that refreshes';
  throw new ServiceError('INVALID_PARAMETERS', `previousConnectionId: ${problem}`, {
    details: [{ field: 'previousConnectionId', problem }],
  });
}

const sessionNotFound = (sessionId: string) =>
  new ServiceError('SESSION_NOT_FOUND', `There is no live session ${sessionId}`);

const forbiddenPrevious = (problem: string) =>
  new ServiceError('FORBIDDEN', `previousConnectionId ${problem}`, {
    details: [{ field: 'previousConnectionId', problem }],
  });

const alreadyInSession = () =>
  new ServiceError('ALREADY_IN_SESSION', 'This connection already has a role: refresh on a new one');
