import { type ServerMessage, type ServerMessageOf, ServiceError } from '../protocol/index.ts';
import type { Connection } from './model.ts';
import { paceOf } from './pace.ts';
import type { Clock, ConnectionRepository, Meter, Push } from './ports.ts';

export interface RecordHeartbeatDeps {
  readonly connections: ConnectionRepository;
  readonly push: Pick<Push, 'send'>;
  readonly meter: Meter;
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
 * Notes that a connection is alive, and reminds a client whose connection has grown old to move to a new one: with
 * every heartbeat until it has moved, so that a lost reminder does not matter.
 * @throws {ServiceError} NOT_IN_SESSION, RATE_LIMIT_EXCEEDED
 */
export function createRecordHeartbeat({ connections, push, meter, clock, settings }: RecordHeartbeatDeps) {
  const pace = paceOf(settings.heartbeatsPerMinute);

  return async ({ connectionId, connectedAt, sentAt }: HeartbeatRequest): Promise<ServerMessageOf<'heartbeatAck'>> => {
    const nowMs = clock.nowMs();
    const earliestLastButOne = pace.earliestLastButOne(nowMs);
    const connection =
      (await connections.recordHeartbeat({ connectionId, nowMs, earliestLastButOne })) ??
      (await explainRefusal(connectionId, nowMs));
    const connectionExpiresAt = connectedAt + settings.connectionMaxDurationMs;
    await remind(connection, nowMs - connectedAt, connectionExpiresAt, nowMs);
    return {
      type: 'heartbeatAck',
      timestamp: nowMs,
      ...(sentAt === undefined ? {} : { sentAt }),
      connectionExpiresAt,
    };
  };

  async function explainRefusal(connectionId: string, nowMs: number): Promise<Connection> {
    const connection = await connections.findHeartbeats(connectionId);
    if (connection === undefined) {
      throw new ServiceError('NOT_IN_SESSION', 'This connection has no role in a session: create or join one');
    }
    // Ours after all: the write went through, its answer got lost, and the SDK's second attempt was the refused one.
    if (connection.lastHeartbeatAt === nowMs) return connection;
    meter.rateLimitExceeded('heartbeat');
    throw new ServiceError('RATE_LIMIT_EXCEEDED', `More than ${settings.heartbeatsPerMinute} heartbeats a minute`, {
      retryAfterSeconds: pace.retryAfterSeconds(connection.lastButOneHeartbeatAt, nowMs),
    });
  }

  async function remind(connection: Connection, ageMs: number, connectionExpiresAt: number, nowMs: number) {
    if (connection.supersededBy !== undefined) return;
    const { connectionId, sessionId, role, targetLanguage } = connection;
    const reminders: ServerMessage[] = [];
    if (ageMs >= settings.refreshAfterMs) {
      reminders.push({
        type: 'connectionRefreshRequired',
        sessionId,
        role,
        ...(targetLanguage === undefined ? {} : { targetLanguage }),
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
