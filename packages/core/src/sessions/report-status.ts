import { ServiceError } from '../protocol/index.ts';
import { createMinimumSpacing } from './minimum-spacing.ts';
import type { Connection } from './model.ts';
import type { Clock, ConnectionRepository, Meter, SessionRepository } from './ports.ts';
import { notInSession } from './session-rules.ts';
import { type SessionStatus, statusOf } from './session-status.ts';
import { type Identity, requireSpeaker } from './speaker-identity.ts';

export interface ReportStatusDeps {
  readonly sessions: Pick<SessionRepository, 'findWithPlaces'>;
  readonly connections: Pick<ConnectionRepository, 'recordStatusRequest'>;
  readonly meter: Pick<Meter, 'rateLimitExceeded'>;
  readonly clock: Clock;
  readonly settings: { readonly statusRequestsPerMinute: number };
}

export interface ReportStatusRequest {
  readonly connectionId: string;
  readonly identity: Identity;
}

/**
 * Tells a speaker how the session is, exactly, as of one moment.
 * @throws {ServiceError} TOKEN_EXPIRED, NOT_IN_SESSION, FORBIDDEN, RATE_LIMIT_EXCEEDED, SESSION_NOT_FOUND
 */
export function createReportStatus({ sessions, connections, meter, clock, settings }: ReportStatusDeps) {
  const spacing = createMinimumSpacing(settings.statusRequestsPerMinute);

  return async ({ connectionId, identity }: ReportStatusRequest): Promise<SessionStatus> => {
    const nowMs = clock.nowMs();
    // A listener, who has no token, is told that it may not ask, and not that it should sign in.
    if (identity.kind !== 'anonymous') requireSpeaker(identity, nowMs);
    const { sessionId } = await record(connectionId, nowMs);
    const found = await sessions.findWithPlaces(sessionId);
    if (found === undefined) throw new ServiceError('SESSION_NOT_FOUND', `There is no session ${sessionId} any more`);
    return statusOf(found, nowMs);
  };

  async function record(connectionId: string, nowMs: number): Promise<Connection> {
    const previousNotAfterMs = spacing.previousNotAfterMs(nowMs);
    const outcome = await connections.recordStatusRequest({ connectionId, nowMs, previousNotAfterMs });
    if (outcome === 'noRole') throw notInSession();
    if ('recorded' in outcome) return outcome.recorded;
    if ('notSpeaker' in outcome) {
      throw new ServiceError('FORBIDDEN', 'Only the speaker can ask for the status of the session');
    }
    meter.rateLimitExceeded('getSessionStatus');
    throw new ServiceError(
      'RATE_LIMIT_EXCEEDED',
      `More than ${settings.statusRequestsPerMinute} requests for the status a minute`,
      { retryAfterSeconds: spacing.retryAfterSeconds(outcome.previousAtMs, nowMs) },
    );
  }
}
export type ReportStatus = ReturnType<typeof createReportStatus>;
