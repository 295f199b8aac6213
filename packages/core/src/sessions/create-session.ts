import { type QualityTier, type ServerMessageOf, ServiceError } from '../protocol/index.ts';
import { parseSourceLanguage } from './language-rules.ts';
import type { Session } from './model.ts';
import type { Clock, ConnectionRepository, Meter, RateLimiter, SessionRepository } from './ports.ts';
import { refuseBeyond } from './rate-limit.ts';
import { isLive } from './session-rules.ts';

/** Millions of IDs and at most thousands of sessions: ten draws all taken means that something else is wrong. */
const MAX_DRAWS = 10;

export interface CreateSessionDeps {
  readonly sessions: SessionRepository;
  readonly connections: ConnectionRepository;
  readonly limiter: RateLimiter;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly drawSessionId: () => string;
  readonly settings: {
    readonly sessionMaxDurationMs: number;
    readonly heartbeatIntervalSeconds: number;
    readonly sessionsPerHour: number;
  };
}

export interface CreateSessionRequest {
  readonly connectionId: string;
  readonly connectedAt: number;
  /** Of a signed-in speaker; absent on an anonymous connection. */
  readonly userId: string | undefined;
  readonly sourceLanguage: string;
  readonly qualityTier?: QualityTier | undefined;
}

/**
 * Opens a session for a speaker. The session comes before the connection: a crash between the two leaves a session
 * that nobody knows of and that the sweeper ends, never a connection without a session.
 * Asking twice on one connection gives the same session.
 * @throws {ServiceError} UNAUTHORIZED, INVALID_LANGUAGE, UNSUPPORTED_LANGUAGE, RATE_LIMIT_EXCEEDED, ALREADY_IN_SESSION
 */
export function createCreateSession(deps: CreateSessionDeps) {
  const { sessions, connections, clock, drawSessionId, settings } = deps;

  return async (request: CreateSessionRequest): Promise<ServerMessageOf<'sessionCreated'>> => {
    const { connectionId, userId } = request;
    if (userId === undefined) {
      throw new ServiceError('UNAUTHORIZED', 'Only a signed-in speaker can create a session: connect with a token');
    }
    const sourceLanguage = parseSourceLanguage(request.sourceLanguage);
    await refuseBeyond(
      settings.sessionsPerHour,
      { operation: 'createSession', subject: userId, windowSeconds: 3600 },
      deps,
    );

    const nowMs = clock.nowMs();
    const session = await createUnderFreeId({
      speakerUserId: userId,
      speakerConnectionId: connectionId,
      sourceLanguage,
      qualityTier: request.qualityTier ?? 'standard',
      isActive: true,
      listenerCount: 0,
      createdAt: nowMs,
      expiresAt: nowMs + settings.sessionMaxDurationMs,
    });
    const isFirst = await connections.create({
      connectionId,
      sessionId: session.sessionId,
      role: 'speaker',
      userId,
      connectedAt: request.connectedAt,
      lastHeartbeatAt: nowMs,
    });
    if (isFirst) return reply(session);

    await sessions.discard(session.sessionId, connectionId);
    return reply(await sessionOfEarlierRequest(connectionId, nowMs));
  };

  async function createUnderFreeId(draft: Omit<Session, 'sessionId'>): Promise<Session> {
    for (let draw = 0; draw < MAX_DRAWS; draw++) {
      const session = { sessionId: drawSessionId(), ...draft };
      if (await sessions.create(session)) return session;
    }
    throw new ServiceError('SERVICE_UNAVAILABLE', `No free session ID in ${MAX_DRAWS} draws`);
  }

  async function sessionOfEarlierRequest(connectionId: string, nowMs: number): Promise<Session> {
    const connection = await connections.find(connectionId);
    const session = connection?.role === 'speaker' ? await sessions.find(connection.sessionId) : undefined;
    if (session && isLive(session, nowMs) && session.speakerConnectionId === connectionId) return session;
    throw new ServiceError(
      'ALREADY_IN_SESSION',
      'This connection already has a role: open a new one to create a session',
    );
  }

  function reply(session: Session): ServerMessageOf<'sessionCreated'> {
    return {
      type: 'sessionCreated',
      sessionId: session.sessionId,
      sourceLanguage: session.sourceLanguage,
      qualityTier: session.qualityTier,
      connectionId: session.speakerConnectionId,
      createdAt: session.createdAt,
      expiresAt: session.expiresAt,
      heartbeatIntervalSeconds: settings.heartbeatIntervalSeconds,
    };
  }
}
