import type { MemoryChange } from '@sessions/core/memory';
import type { Session, SessionRepository } from '@sessions/core/sessions';

/** Names one broadcast: an ID can be used again. */
export const lifeOf = ({ sessionId, createdAt }: Pick<Session, 'sessionId' | 'createdAt'>): string =>
  `${sessionId}@${createdAt}`;

/** What has truly happened, kept apart from what the service says of it. */
export interface Ledger {
  /** Every version of every session, in order, by life. */
  readonly lives: Map<string, Session[]>;
  /** Places taken, by life. */
  readonly joins: Map<string, number>;
  readonly violation: string | undefined;
  report(violation: string): void;
  /** Listens to what becomes of sessions. */
  onSession: (before: Session | undefined, after: Session) => void;
  record(change: MemoryChange): void;
  /** Notes that something was written. */
  touch(): void;
  /** Whether something was written since the last time. */
  takeTouched(): boolean;
  /** The same repository, with the places counted that it says were taken. */
  countingJoins(sessions: SessionRepository): SessionRepository;
}

export function createLedger(): Ledger {
  const lives = new Map<string, Session[]>();
  const joins = new Map<string, number>();
  let violation: string | undefined;
  let isTouched = false;

  function recordSession(before: Session | undefined, after: Session): void {
    const isSame = before?.createdAt === after.createdAt;
    if (isSame && after.revision !== before.revision + 1) {
      ledger.report(`revision of ${after.sessionId} went from ${before.revision} to ${after.revision}`);
    }
    if (isSame && before.state === 'ended' && after.state !== 'ended') {
      ledger.report(`${after.sessionId} had ended and is ${after.state} again`);
    }
    if (!isSame && before !== undefined && before.endCompletedAt === undefined) {
      ledger.report(`${after.sessionId} was used again before its end was complete`);
    }
    const life = lives.get(lifeOf(after));
    if (life) life.push(after);
    else lives.set(lifeOf(after), [after]);
    ledger.onSession(isSame ? before : undefined, after);
  }

  const ledger: Ledger = {
    lives,
    joins,
    get violation() {
      return violation;
    },
    report(found) {
      violation ??= found;
    },
    onSession() {},
    record(change) {
      isTouched = true;
      if (change.part === 'session' && change.after) recordSession(change.before, change.after);
    },
    touch() {
      isTouched = true;
    },
    takeTouched() {
      const was = isTouched;
      isTouched = false;
      return was;
    },
    countingJoins: (sessions) => ({
      ...sessions,
      async takePlace(listener) {
        const outcome = await sessions.takePlace(listener);
        if (outcome === 'taken') {
          const life = `${listener.sessionId}@${listener.placeShard.split('#')[0]}`;
          joins.set(life, (joins.get(life) ?? 0) + 1);
        }
        return outcome;
      },
    }),
  };
  return ledger;
}
