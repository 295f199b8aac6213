import { ServiceError } from '../protocol/index.ts';
import { speakerChannels } from './channels.ts';
import type { JoinKeys } from './join-key.ts';
import type { MessageLog, SessionWithHeads } from './message-log.ts';
import type { Session } from './model.ts';
import type { Clock, SessionRepository } from './ports.ts';
import type { Refreshed, RefreshRequest } from './refresh-connection.ts';
import type { ReplayMissed } from './replay-missed.ts';
import { isLive, sessionNotFound, sessionNow } from './session-rules.ts';
import { requireSpeaker } from './speaker-identity.ts';

/** The session's item changes rarely: in five tries in a row somebody changes it on purpose. */
const MAX_ATTEMPTS = 5;

export interface RefreshSpeakerDeps {
  readonly sessions: Pick<SessionRepository, 'moveSpeaker'>;
  readonly messageLog: Pick<MessageLog, 'findSession'>;
  readonly replayMissed: ReplayMissed;
  readonly joinKeys: Pick<JoinKeys, 'joinKeyOf'>;
  readonly clock: Clock;
  readonly settings: { readonly sessionMaxDurationMs: number; readonly heartbeatIntervalSeconds: number };
}

/**
 * Makes the connection that asks the speaker's, in one transaction with the removal of the old one. A late attempt of a
 * connection that is older than the present one is refused, and so is another client that does not say `takeOver`:
 * otherwise an abandoned refresh, or a second tab, would take the session from the live connection. A scheduled session
 * has no client yet: the first connection of its user that comes makes it active.
 *
 * The channels' heads are read before the move, with the session, and not once more: what is published in between is
 * above the positions of the reply, so the speaker's client sees a gap there, should it not have come.
 * @throws {ServiceError} UNAUTHORIZED, TOKEN_EXPIRED, SESSION_NOT_FOUND (also another user's: it must not be told),
 * SPEAKER_REPLACED, SPEAKER_DENIED, ALREADY_IN_SESSION, SERVICE_UNAVAILABLE
 */
export function createRefreshSpeaker(deps: RefreshSpeakerDeps) {
  const { sessions, messageLog, replayMissed, joinKeys, clock, settings } = deps;

  return async (request: RefreshRequest, sessionId: string): Promise<Refreshed> => {
    const { connectionId, connectedAt, clientId } = request;
    const userId = requireSpeaker(request.identity, clock.nowMs());
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const nowMs = clock.nowMs();
      const found = await messageLog.findSession(sessionId, speakerChannels);
      if (!isLive(found?.session, nowMs) || found.session.speakerUserId !== userId) throw sessionNotFound(sessionId);
      const { session: before } = found;
      if (before.speakerConnectionId === connectionId) return reply(found, request, { isRepeated: true });
      refuseIfReplaced(before, request);
      const outcome = await sessions.moveSpeaker({
        before,
        speaker: { connectionId, sessionId, role: 'speaker', userId, connectedAt, lastHeartbeatAt: nowMs },
        clientId,
        expiresAt: nowMs + settings.sessionMaxDurationMs,
        ...(before.state === 'scheduled' && { startedAt: nowMs }),
      });
      if (outcome === 'connectionHasRole') {
        throw new ServiceError('ALREADY_IN_SESSION', 'This connection already has a role: refresh on a new one');
      }
      if (outcome === 'speakerDenied') {
        throw new ServiceError('SPEAKER_DENIED', 'This user may not speak: ask the operator of the service');
      }
      if (outcome !== 'sessionChanged') {
        const previous = before.speakerConnectionId;
        return reply({ ...found, session: outcome.moved }, request, { isRepeated: false, previous });
      }
    }
    throw newerConnection('The session changed at the same moment; connect again');
  };

  async function reply(
    found: SessionWithHeads,
    request: RefreshRequest,
    { isRepeated, previous }: { isRepeated: boolean; previous?: string | undefined },
  ): Promise<Refreshed> {
    const { connectionId, previousConnectionId } = request;
    const { session } = found;
    return {
      type: 'connectionRefreshComplete',
      sessionId: session.sessionId,
      role: 'speaker',
      connectionId,
      previousConnectionId: previous ?? previousConnectionId ?? connectionId,
      expiresAt: session.expiresAt,
      ...sessionNow(session),
      ...(await replayMissed({ connectionId, seen: request, found, isRepeated })),
      heartbeatIntervalSeconds: settings.heartbeatIntervalSeconds,
      joinKey: joinKeys.joinKeyOf(session.sessionId),
    };
  }
}

/** @throws {ServiceError} SPEAKER_REPLACED, or SERVICE_UNAVAILABLE to an attempt that came late */
function refuseIfReplaced(before: Session, { clientId, takeOver, connectedAt }: RefreshRequest): void {
  if (before.state === 'scheduled') return;
  const { speakerClientId, speakerConnectedAt = 0 } = before;
  // No name is a name as well: a client without one is another client than one that has one.
  if (takeOver !== true && speakerClientId !== clientId) {
    throw new ServiceError('SPEAKER_REPLACED', 'Another client of this user speaks: send takeOver to take the session');
  }
  // Retryable: should clocks have deceived us, the next connection is newer.
  if (speakerConnectedAt >= connectedAt) throw newerConnection('A newer connection has the session; connect again');
}

const newerConnection = (message: string) => new ServiceError('SERVICE_UNAVAILABLE', message, { retryAfterSeconds: 1 });
