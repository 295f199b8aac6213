import { ServiceError } from '../protocol/index.ts';
import { listenerChannels } from './channels.ts';
import type { MessageLog } from './message-log.ts';
import { isListenerOf, type ListenerConnection } from './model.ts';
import type { Clock, ConnectionRepository, SessionRepository } from './ports.ts';
import type { Refreshed, RefreshRequest } from './refresh-connection.ts';
import type { ReplayMissed } from './replay-missed.ts';
import { isLive, sessionNotFound, sessionNow } from './session-rules.ts';

/** What the client said of its place, then what the table says; a change of language in between costs one more. */
const MAX_ATTEMPTS = 4;

export interface RefreshListenerDeps {
  readonly sessions: Pick<SessionRepository, 'movePlace'>;
  readonly connections: Pick<ConnectionRepository, 'find'>;
  readonly messageLog: Pick<MessageLog, 'findSession'>;
  readonly replayMissed: ReplayMissed;
  readonly clock: Clock;
  readonly settings: { readonly heartbeatIntervalSeconds: number };
}

type Previous = Pick<ListenerConnection, 'connectionId' | 'sessionId' | 'targetLanguage' | 'placeShard'>;

/**
 * Moves a place from the previous connection to the one that asks, in one transaction; counts stay as they are. What
 * the listener has missed on the way follows, as far as it is held. The
 * ID of the previous connection is the proof of the place: without it the answer is the same for every session ID, so
 * that none can be guessed here.
 * @throws {ServiceError} INVALID_PARAMETERS, NOT_IN_SESSION, ALREADY_IN_SESSION, SESSION_NOT_FOUND, SERVICE_UNAVAILABLE
 */
export function createRefreshListener(deps: RefreshListenerDeps) {
  const { sessions, connections, messageLog, replayMissed, clock, settings } = deps;

  return async (request: RefreshRequest, sessionId: string): Promise<Refreshed> => {
    const previousConnectionId = requirePrevious(request);
    const { connectionId } = request;
    const { listener, isRepeated } = await move(request, sessionId, previousConnectionId);
    const found = await messageLog.findSession(sessionId, listenerChannels(listener.targetLanguage));
    // What is left of the place, the end of the session removes: it counts the places that are taken.
    if (!isLive(found?.session, clock.nowMs())) throw sessionNotFound(sessionId);
    const positions = await replayMissed({ connectionId, seen: request, found, isRepeated });
    const { session } = found;
    return {
      type: 'connectionRefreshComplete',
      sessionId,
      role: 'listener',
      targetLanguage: listener.targetLanguage,
      place: listener.placeShard,
      connectionId,
      previousConnectionId,
      expiresAt: session.expiresAt,
      ...sessionNow(session),
      ...positions,
      heartbeatIntervalSeconds: settings.heartbeatIntervalSeconds,
    };
  };

  async function move(request: RefreshRequest, sessionId: string, previousId: string) {
    const { connectionId, connectedAt } = request;
    let previous =
      (await previousAsSaid(request, sessionId, previousId)) ?? (await findPrevious(request, sessionId, previousId));
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if ('ownPlace' in previous) return { listener: previous.ownPlace, isRepeated: true };
      const { targetLanguage, placeShard } = previous;
      const listener: ListenerConnection = {
        connectionId,
        sessionId,
        role: 'listener',
        targetLanguage,
        placeShard,
        connectedAt,
        lastHeartbeatAt: clock.nowMs(),
      };
      const outcome = await sessions.movePlace({ previous, listener });
      if (outcome === 'moved') return { listener, isRepeated: false };
      if (outcome.own !== undefined) {
        // A repetition finds the previous connection gone. One that still has its place asks for a second one.
        if (outcome.previous === 'gone' && isListenerOf(outcome.own, sessionId)) {
          return { listener: outcome.own, isRepeated: true };
        }
        throw alreadyInSession();
      }
      if (outcome.previous === 'gone') throw placeLost();
      if (outcome.isClosed && outcome.previous === 'asGiven') throw sessionNotFound(sessionId);
      if (outcome.previous !== 'asGiven') {
        if (!isListenerOf(outcome.previous, sessionId)) throw placeLost();
        previous = outcome.previous;
      }
    }
    throw new ServiceError('SERVICE_UNAVAILABLE', 'The place changed at the same moment; try again', {
      retryAfterSeconds: 1,
    });
  }

  /** What the client says of its place, if it says all of it: right in nearly all cases, and checked by the transaction. */
  async function previousAsSaid({ targetLanguage, place }: RefreshRequest, sessionId: string, connectionId: string) {
    if (targetLanguage === undefined || place === undefined) return undefined;
    return { connectionId, sessionId, targetLanguage, placeShard: place };
  }

  async function findPrevious(
    { connectionId }: RefreshRequest,
    sessionId: string,
    previousId: string,
  ): Promise<Previous | { ownPlace: ListenerConnection }> {
    const previous = await connections.find(previousId);
    if (isListenerOf(previous, sessionId)) return previous;
    const own = await connections.find(connectionId);
    if (previous === undefined && isListenerOf(own, sessionId)) return { ownPlace: own };
    throw placeLost();
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

const placeLost = () =>
  new ServiceError('NOT_IN_SESSION', 'The previous connection has no place in this session any more: join again', {
    details: [{ field: 'previousConnectionId', problem: 'has no place in this session any more' }],
  });

const alreadyInSession = () =>
  new ServiceError('ALREADY_IN_SESSION', 'This connection already has a role: refresh on a new one');
