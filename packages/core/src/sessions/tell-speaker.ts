import type { Place, Session } from './model.ts';
import type { Clock, ConnectionRepository, Push, SessionRepository } from './ports.ts';
import { statusOf } from './session-status.ts';

/** What has just become of one of a session's places. The index may not know of it yet. */
export type PlaceChange = { readonly taken: Place } | { readonly given: Pick<Place, 'connectionId'> };

/** Tells the speaker that a place was taken or given up, unless that was done a moment ago. Never fails. */
export type TellSpeaker = (session: Session, change: PlaceChange) => Promise<void>;

/** For the sweeper, which tells every speaker once all changes are made. */
export const tellNoSpeaker: TellSpeaker = async () => {};

/**
 * How long a listener who joins, or a speaker who moves, may wait at most for what only the speaker's page shows. Three
 * healthy calls take a fraction of it; it is what the clients allow one attempt.
 */
const DEADLINE_MS = 2000;

export interface TellSpeakerDeps {
  readonly sessions: Pick<SessionRepository, 'claimStatusPush'>;
  readonly connections: Pick<ConnectionRepository, 'listenerPages'>;
  readonly push: Pick<Push, 'fanOut'>;
  readonly clock: Clock;
  /** Told why a speaker was not told. */
  readonly onUntold: (error: unknown) => void;
  readonly settings: {
    /** How much time is at least between two pushes of a session; 0: none are made. */
    readonly statusPushMs: number;
  };
}

/**
 * The first change pushes at once and those that follow within `statusPushMs` do not: of five hundred listeners who join
 * in a minute, a dozen cost more than a listener who joins an hour later. Which one is the first, one conditional write
 * on the session decides; most see on the session that they need not even try. What follows the last push reaches the
 * speaker with the sweeper's next round.
 */
export function createTellSpeaker(deps: TellSpeakerDeps): TellSpeaker {
  const { sessions, clock, settings } = deps;

  return async ({ sessionId, isActive, speakerLostAt, statusPushedAt = 0 }, change) => {
    const nowMs = clock.nowMs();
    const notAfter = nowMs - settings.statusPushMs;
    if (settings.statusPushMs === 0 || !isActive || speakerLostAt !== undefined || statusPushedAt > notAfter) return;
    await withinReason(async () => {
      const session = await sessions.claimStatusPush({ sessionId, nowMs, notAfter });
      if (session) await pushStatus(session, nowMs, deps, change);
    }, deps.onUntold);
  };
}

export type PushStatusDeps = Pick<TellSpeakerDeps, 'connections' | 'push'>;

/**
 * Sends the speaker of a session its status. A speaker who is gone is somebody else's business: nothing changes.
 * @param asOfMs from before the session was read: so the later of two messages is the one that knows more
 */
export async function pushStatus(
  session: Session,
  asOfMs: number,
  { connections, push }: PushStatusDeps,
  change?: PlaceChange,
): Promise<void> {
  const languages = new Map<string, string>();
  for await (const page of connections.listenerPages(session.sessionId)) {
    for (const { connectionId, targetLanguage } of page) languages.set(connectionId, targetLanguage);
  }
  if (change && 'taken' in change) languages.set(change.taken.connectionId, change.taken.targetLanguage);
  if (change && 'given' in change) languages.delete(change.given.connectionId);
  await push.fanOut([session.speakerConnectionId], statusOf(session, languages.values(), asOfMs));
}

/** Does what somebody is kept waiting for, and that nobody asked for: not for long, and whether it succeeds or not. */
export async function withinReason(run: () => Promise<void>, onFailure: (error: unknown) => void): Promise<void> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const passed = new Promise<never>((_, reject) => {
    deadline.addEventListener('abort', () => reject(deadline.reason), { once: true });
  });
  try {
    await Promise.race([run(), passed]);
  } catch (error) {
    onFailure(error);
  }
}
