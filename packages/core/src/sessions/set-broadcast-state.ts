import { type BroadcastState, type ServerMessageOf, ServiceError } from '../protocol/index.ts';
import { findSpeaker, movedToAnotherConnection } from './find-speaker.ts';
import type { Clock, ConnectionRepository, Meter, SessionRepository } from './ports.ts';
import { isLive, sessionNotFound, sessionNow } from './session-rules.ts';
import { type Identity, requireSpeaker } from './speaker-identity.ts';

/** Each change is sent to every listener: a slider that is dragged must not become a flood. */
const MIN_DISTANCE_MS = 250;

export interface SetBroadcastStateDeps {
  readonly sessions: Pick<SessionRepository, 'find' | 'setBroadcastState'>;
  readonly connections: Pick<ConnectionRepository, 'find'>;
  readonly meter: Pick<Meter, 'rateLimitExceeded'>;
  readonly clock: Clock;
}

export interface SetBroadcastStateRequest {
  readonly connectionId: string;
  readonly identity: Identity;
  /** What is left out, or undefined, stays as it is. */
  readonly change: { readonly [K in keyof BroadcastState]?: BroadcastState[K] | undefined };
}

/**
 * Says what listeners should do with the audio. They are notified by the stream of the sessions table.
 * @throws {ServiceError} UNAUTHORIZED, TOKEN_EXPIRED, NOT_IN_SESSION, FORBIDDEN, RATE_LIMIT_EXCEEDED, SESSION_NOT_FOUND
 */
export function createSetBroadcastState({ sessions, connections, meter, clock }: SetBroadcastStateDeps) {
  return async (request: SetBroadcastStateRequest): Promise<ServerMessageOf<'broadcastStateChanged'>> => {
    const { connectionId, change } = request;
    const nowMs = clock.nowMs();
    requireSpeaker(request.identity, nowMs);
    const { sessionId } = await findSpeaker(connectionId, 'set the state of the broadcast', connections);
    const notAfterMs = nowMs - MIN_DISTANCE_MS;
    const session = await sessions.setBroadcastState({
      sessionId,
      speakerConnectionId: connectionId,
      change: definedOf(change),
      nowMs,
      notAfterMs,
    });
    if (session === 'tooSoon') {
      meter.rateLimitExceeded('setBroadcastState');
      throw new ServiceError('RATE_LIMIT_EXCEEDED', `One change in ${MIN_DISTANCE_MS} ms is allowed`, {
        retryAfterSeconds: 1,
      });
    }
    if (session === 'notSpeaker') {
      const now = await sessions.find(sessionId);
      throw isLive(now, nowMs) ? movedToAnotherConnection() : sessionNotFound(sessionId);
    }
    return { type: 'broadcastStateChanged', sessionId, ...sessionNow(session) };
  };
}
export type SetBroadcastState = ReturnType<typeof createSetBroadcastState>;

function definedOf({ paused, muted, volume }: SetBroadcastStateRequest['change']): Partial<BroadcastState> {
  return {
    ...(paused === undefined ? {} : { paused }),
    ...(muted === undefined ? {} : { muted }),
    ...(volume === undefined ? {} : { volume }),
  };
}
