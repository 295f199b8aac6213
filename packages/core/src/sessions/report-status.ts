import { ServiceError } from '../protocol/index.ts';
import type { Connection } from './model.ts';
import { paceOf } from './pace.ts';
import type { Clock, ConnectionRepository, Meter, SessionRepository } from './ports.ts';
import { type SessionStatus, statusOf } from './session-status.ts';

export interface ReportStatusDeps {
  readonly sessions: Pick<SessionRepository, 'find'>;
  readonly connections: Pick<ConnectionRepository, 'recordStatusRequest' | 'findStatusRequests' | 'listenerPages'>;
  readonly meter: Pick<Meter, 'rateLimitExceeded'>;
  readonly clock: Clock;
  readonly settings: { readonly statusRequestsPerMinute: number };
}

/**
 * Tells a speaker how the session is: also on a connection that the session has moved away from, or that it has been
 * given up with, for as long as that connection is known.
 * @throws {ServiceError} NOT_IN_SESSION, FORBIDDEN, RATE_LIMIT_EXCEEDED, SESSION_NOT_FOUND
 */
export function createReportStatus({ sessions, connections, meter, clock, settings }: ReportStatusDeps) {
  const pace = paceOf(settings.statusRequestsPerMinute);

  return async (connectionId: string): Promise<SessionStatus> => {
    const nowMs = clock.nowMs();
    const earliestLastButOne = pace.earliestLastButOne(nowMs);
    const { sessionId } =
      (await connections.recordStatusRequest({ connectionId, nowMs, earliestLastButOne })) ??
      (await explainRefusal(connectionId, nowMs));
    const [session, languages] = await Promise.all([sessions.find(sessionId), languagesOf(sessionId)]);
    if (session === undefined) throw new ServiceError('SESSION_NOT_FOUND', `There is no session ${sessionId} any more`);
    return statusOf(session, languages, nowMs);
  };

  async function languagesOf(sessionId: string): Promise<string[]> {
    const languages: string[] = [];
    for await (const page of connections.listenerPages(sessionId)) {
      for (const { targetLanguage } of page) languages.push(targetLanguage);
    }
    return languages;
  }

  async function explainRefusal(connectionId: string, nowMs: number): Promise<Connection> {
    const connection = await connections.findStatusRequests(connectionId);
    if (connection === undefined) {
      throw new ServiceError('NOT_IN_SESSION', 'This connection has no role in a session');
    }
    if (connection.role !== 'speaker') {
      throw new ServiceError('FORBIDDEN', 'Only the speaker can ask for the status of the session');
    }
    // Ours after all: the write went through, its answer got lost, and the SDK's second attempt was the refused one.
    if (connection.lastStatusAt === nowMs) return connection;
    meter.rateLimitExceeded('getSessionStatus');
    throw new ServiceError(
      'RATE_LIMIT_EXCEEDED',
      `More than ${settings.statusRequestsPerMinute} requests for the status a minute`,
      { retryAfterSeconds: pace.retryAfterSeconds(connection.lastButOneStatusAt, nowMs) },
    );
  }
}
