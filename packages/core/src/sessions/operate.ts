import type { Session, SessionWithPlaces } from './model.ts';
import type { Clock, SessionRepository, Sleep } from './ports.ts';

export interface OperateDeps {
  readonly sessions: Pick<
    SessionRepository,
    'openPages' | 'findWithPlaces' | 'end' | 'openSessionsOf' | 'denySpeaker' | 'allowSpeaker'
  >;
  readonly clock: Clock;
  readonly sleep: Sleep;
}

/** The index of open sessions follows the table within a fraction of a second. */
const INDEX_LAG_MS = 2000;

/** What operators of the service can do. Listeners are notified by the stream of the table, as always. */
export function createOperate({ sessions, clock, sleep }: OperateDeps) {
  const end = ({ sessionId, createdAt }: Session) =>
    sessions.end({ sessionId, endedAt: clock.nowMs(), endReason: 'operatorEnded', only: { createdAt } });

  async function endSessionsOf(userId: string): Promise<Session[]> {
    const ended: Session[] = [];
    for (const session of await sessions.openSessionsOf(userId)) {
      const now = session.state === 'ended' ? undefined : await end(session);
      if (now) ended.push(now);
    }
    return ended;
  }

  return {
    /** All sessions whose end is not complete. */
    async list(): Promise<Session[]> {
      const open: Session[] = [];
      for await (const page of sessions.openPages()) open.push(...page);
      return open.sort((a, b) => a.createdAt - b.createdAt);
    },

    show: (sessionId: string): Promise<SessionWithPlaces | undefined> => sessions.findWithPlaces(sessionId),

    /** @returns the session as it is now, or undefined: there is none that has not ended */
    async end(sessionId: string): Promise<Session | undefined> {
      const found = await sessions.findWithPlaces(sessionId);
      return found && found.session.state !== 'ended' ? end(found.session) : undefined;
    },

    /**
     * Denies a user to speak: no new session, no refresh, and the open sessions end. One that is created at this moment
     * is either refused by its own transaction, or found by the second look.
     * @returns the sessions that it has ended
     */
    async deny(userId: string): Promise<Session[]> {
      await sessions.denySpeaker({ userId, deniedAt: clock.nowMs() });
      const first = await endSessionsOf(userId);
      await sleep(INDEX_LAG_MS);
      return [...first, ...(await endSessionsOf(userId))];
    },

    allow: (userId: string): Promise<void> => sessions.allowSpeaker(userId),
  };
}
export type Operate = ReturnType<typeof createOperate>;
