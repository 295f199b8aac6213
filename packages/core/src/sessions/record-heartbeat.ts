import { type ServerMessage, type ServerMessageOf, ServiceError } from '../protocol/index.ts';
import { channelsOf } from './channels.ts';
import { createMinimumSpacing } from './minimum-spacing.ts';
import { positionsNow } from './missed-messages.ts';
import type { Connection } from './model.ts';
import type { Clock, ConnectionRepository, Meter, Push } from './ports.ts';
import type { SessionCache } from './session-cache.ts';
import { notInSession, sessionNow } from './session-rules.ts';

export interface RecordHeartbeatDeps {
  readonly connections: Pick<ConnectionRepository, 'recordHeartbeat'>;
  readonly sessionCache: SessionCache;
  readonly push: Pick<Push, 'send'>;
  readonly meter: Pick<Meter, 'rateLimitExceeded'>;
  readonly clock: Clock;
  readonly settings: {
    readonly connectionMaxDurationMs: number;
    /** Age of a connection from which the client is asked to move to a new one. */
    readonly refreshAfterMs: number;
    /** Age from which it is warned that the end is near. */
    readonly warnAfterMs: number;
    readonly heartbeatsPerMinute: number;
  };
}

export interface HeartbeatRequest {
  readonly connectionId: string;
  readonly connectedAt: number;
  readonly sentAt?: number | undefined;
}

/**
 * Notes that a connection is alive, and says how its session is and where its channels stand: a client that missed a
 * notification, or the last message of a channel, learns of it here.
 * Reminds a client whose connection has grown old to move to a new one, with every heartbeat until it has moved.
 * @throws {ServiceError} NOT_IN_SESSION, RATE_LIMIT_EXCEEDED, SERVICE_UNAVAILABLE
 */
export function createRecordHeartbeat(deps: RecordHeartbeatDeps) {
  const { connections, sessionCache, push, meter, clock, settings } = deps;
  const spacing = createMinimumSpacing(settings.heartbeatsPerMinute);

  return async ({ connectionId, connectedAt, sentAt }: HeartbeatRequest): Promise<ServerMessageOf<'heartbeatAck'>> => {
    const nowMs = clock.nowMs();
    const connection = await record(connectionId, nowMs);
    const found = await sessionCache.find(connection.sessionId, channelsOf(connection));
    // Ended so long ago that its record has expired.
    if (found === undefined) throw notInSession();
    const { session } = found;
    const connectionExpiresAt = connectedAt + settings.connectionMaxDurationMs;
    if (session.state !== 'ended') await remind(connection, nowMs - connectedAt, connectionExpiresAt, nowMs);
    return {
      type: 'heartbeatAck',
      timestamp: nowMs,
      ...(sentAt === undefined ? {} : { sentAt }),
      connectionExpiresAt,
      sessionId: session.sessionId,
      ...sessionNow(session),
      ...positionsNow(found),
      ...(session.endReason === undefined ? {} : { reason: session.endReason }),
    };
  };

  async function record(connectionId: string, nowMs: number): Promise<Connection> {
    const previousNotAfterMs = spacing.previousNotAfterMs(nowMs);
    const outcome = await connections.recordHeartbeat({ connectionId, nowMs, previousNotAfterMs });
    if (outcome === 'noRole') throw notInSession();
    if ('recorded' in outcome) return outcome.recorded;
    meter.rateLimitExceeded('heartbeat');
    throw new ServiceError('RATE_LIMIT_EXCEEDED', `More than ${settings.heartbeatsPerMinute} heartbeats a minute`, {
      retryAfterSeconds: spacing.retryAfterSeconds(outcome.previousAtMs, nowMs),
    });
  }

  async function remind(connection: Connection, ageMs: number, connectionExpiresAt: number, nowMs: number) {
    const { connectionId, sessionId, role } = connection;
    const reminders: ServerMessage[] = [];
    if (ageMs >= settings.refreshAfterMs) {
      reminders.push({
        type: 'connectionRefreshRequired',
        sessionId,
        role,
        ...(connection.role === 'listener' && { targetLanguage: connection.targetLanguage }),
        connectionExpiresAt,
      });
    }
    if (ageMs >= settings.warnAfterMs) {
      const remainingSeconds = Math.max(0, Math.floor((connectionExpiresAt - nowMs) / 1000));
      reminders.push({ type: 'connectionWarning', remainingSeconds });
    }
    // A reminder that cannot be delivered comes again with the next heartbeat; the acknowledgement must not fail for it.
    await Promise.allSettled(reminders.map((reminder) => push.send(connectionId, reminder)));
  }
}
export type RecordHeartbeat = ReturnType<typeof createRecordHeartbeat>;
