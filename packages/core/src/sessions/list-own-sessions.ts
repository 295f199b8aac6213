import type { OwnSessions } from '../protocol/index.ts';
import type { JoinKeys } from './join-key.ts';
import { ownSessionOf } from './own-session.ts';
import type { Clock, SessionRepository } from './ports.ts';
import { isLive } from './session-rules.ts';
import { type Identity, requireSpeaker } from './speaker-identity.ts';

export interface ListOwnSessionsDeps {
  readonly sessions: Pick<SessionRepository, 'openSessionsOf'>;
  readonly joinKeys: JoinKeys;
  readonly clock: Clock;
}

/**
 * Lists the sessions of a user that have not ended, in the order in which they start. From the index, which follows the
 * table within a fraction of a second.
 * @throws {ServiceError} UNAUTHORIZED, TOKEN_EXPIRED, SERVICE_UNAVAILABLE
 */
export const createListOwnSessions =
  ({ sessions, joinKeys, clock }: ListOwnSessionsDeps) =>
  async ({ identity }: { identity: Identity }): Promise<OwnSessions> => {
    const nowMs = clock.nowMs();
    const open = await sessions.openSessionsOf(requireSpeaker(identity, nowMs));
    const live = open.filter((session) => isLive(session, nowMs));
    live.sort((a, b) => (a.startsAt ?? a.createdAt) - (b.startsAt ?? b.createdAt) || a.createdAt - b.createdAt);
    return { sessions: live.map((session) => ownSessionOf(session, joinKeys)) };
  };
export type ListOwnSessions = ReturnType<typeof createListOwnSessions>;
