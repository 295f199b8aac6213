import { type QualityTier, type ServerMessageOf, ServiceError } from '../protocol/index.ts';
import { speakerChannels } from './channels.ts';
import type { JoinKeys } from './join-key.ts';
import { parseSourceLanguage } from './language-rules.ts';
import { type MessageLog, NO_HEAD, type SessionWithHeads } from './message-log.ts';
import { positionsNow } from './missed-messages.ts';
import type { Session } from './model.ts';
import { planShards } from './plan-shards.ts';
import type { Clock, ConnectionRepository, Meter, RateLimiter, SessionRepository } from './ports.ts';
import { enforceRateLimit } from './rate-limit.ts';
import { isLive, sessionNow } from './session-rules.ts';
import { type Identity, requireSpeaker } from './speaker-identity.ts';

/** Millions of IDs and at most thousands of sessions: ten draws all taken means that something else is wrong. */
const MAX_DRAWS = 10;

/** Of a new session: what an earlier one of its ID has left in the log is of another epoch. */
const NO_HEADS = Object.fromEntries(speakerChannels.map((channel) => [channel, NO_HEAD]));

export interface CreateSessionDeps {
  readonly sessions: Pick<SessionRepository, 'create'>;
  readonly messageLog: Pick<MessageLog, 'findSession'>;
  readonly connections: Pick<ConnectionRepository, 'find'>;
  readonly limiter: Pick<RateLimiter, 'count'>;
  readonly meter: Pick<Meter, 'rateLimitExceeded'>;
  readonly clock: Clock;
  readonly joinKeys: JoinKeys;
  readonly drawSessionId: () => string;
  readonly settings: {
    readonly sessionMaxDurationMs: number;
    readonly heartbeatIntervalSeconds: number;
    readonly sessionsPerHour: number;
    readonly maxListeners: number;
  };
}

export interface CreateSessionRequest {
  readonly connectionId: string;
  readonly connectedAt: number;
  readonly identity: Identity;
  readonly sourceLanguage: string;
  readonly qualityTier?: QualityTier | undefined;
  readonly clientId?: string | undefined;
}

/**
 * Opens a session for a speaker: the session, its places and the speaker's connection, in one transaction. Asking again
 * on the same connection gives the same session.
 * @throws {ServiceError} UNAUTHORIZED, TOKEN_EXPIRED, SPEAKER_DENIED, INVALID_LANGUAGE, UNSUPPORTED_LANGUAGE,
 * RATE_LIMIT_EXCEEDED, ALREADY_IN_SESSION, SERVICE_UNAVAILABLE
 */
export function createCreateSession(deps: CreateSessionDeps) {
  const { sessions, connections, messageLog, clock, joinKeys, drawSessionId, settings } = deps;

  return async (request: CreateSessionRequest): Promise<ServerMessageOf<'sessionCreated'>> => {
    const { connectionId, connectedAt, clientId } = request;
    const nowMs = clock.nowMs();
    const userId = requireSpeaker(request.identity, nowMs);
    const sourceLanguage = parseSourceLanguage(request.sourceLanguage);
    const check = { operation: 'createSession', subject: userId, windowSeconds: 3600 } as const;
    await enforceRateLimit(settings.sessionsPerHour, check, deps);

    const draft: Omit<Session, 'sessionId'> = {
      speakerUserId: userId,
      speakerConnectionId: connectionId,
      speakerConnectedAt: connectedAt,
      ...(clientId === undefined ? {} : { speakerClientId: clientId }),
      sourceLanguage,
      qualityTier: request.qualityTier ?? 'standard',
      state: 'active',
      broadcastState: { paused: false, muted: false, volume: 1 },
      revision: 1,
      capacity: settings.maxListeners,
      createdAt: nowMs,
      expiresAt: nowMs + settings.sessionMaxDurationMs,
    };
    const shards = planShards(settings.maxListeners, nowMs);
    for (let draw = 0; draw < MAX_DRAWS; draw++) {
      const session = { sessionId: drawSessionId(), ...draft };
      const { sessionId } = session;
      const outcome = await sessions.create({
        session,
        shards,
        speaker: { connectionId, sessionId, role: 'speaker', userId, connectedAt, lastHeartbeatAt: nowMs },
      });
      if (outcome === 'created') return reply({ session, heads: NO_HEADS }, connectionId);
      if (outcome === 'connectionHasRole')
        return reply(await sessionOfEarlierRequest(connectionId, nowMs), connectionId);
      if (outcome === 'speakerDenied') {
        throw new ServiceError('SPEAKER_DENIED', 'This user may not speak: ask the operator of the service');
      }
    }
    throw new ServiceError('SERVICE_UNAVAILABLE', `No free session ID in ${MAX_DRAWS} draws`, { retryAfterSeconds: 1 });
  };

  async function sessionOfEarlierRequest(connectionId: string, nowMs: number): Promise<SessionWithHeads> {
    const connection = await connections.find(connectionId);
    const found =
      connection?.role === 'speaker' ? await messageLog.findSession(connection.sessionId, speakerChannels) : undefined;
    if (isLive(found?.session, nowMs) && found.session.speakerConnectionId === connectionId) return found;
    throw new ServiceError(
      'ALREADY_IN_SESSION',
      'This connection already has a role: open a new one to create a session',
    );
  }

  function reply(found: SessionWithHeads, connectionId: string): ServerMessageOf<'sessionCreated'> {
    const { session } = found;
    return {
      type: 'sessionCreated',
      sessionId: session.sessionId,
      sourceLanguage: session.sourceLanguage,
      qualityTier: session.qualityTier,
      connectionId,
      createdAt: session.createdAt,
      expiresAt: session.expiresAt,
      joinKey: joinKeys.joinKeyOf(session.sessionId),
      maxListeners: session.capacity,
      ...sessionNow(session),
      ...positionsNow(found),
      heartbeatIntervalSeconds: settings.heartbeatIntervalSeconds,
    };
  }
}
export type CreateSession = ReturnType<typeof createCreateSession>;
