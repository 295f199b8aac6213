import { forEachAtMost } from './for-each-at-most.ts';
import type { Session } from './model.ts';
import { isLive } from './session-rules.ts';
import type { SweepDeps } from './sweep.ts';

/** An end has this long to be complete before it counts as interrupted: its own retries come first. */
const END_TAKES_MS = 90_000;
const MAX_AT_ONCE = 20;

/** Ends the sessions that are past their expiry or grace period, and goes on with ends that are not complete. */
export function createSweepSessions({ sessions, deliverer, clock, onFailure, settings }: SweepDeps) {
  return async () => {
    const counts = { ended: 0, continued: 0, activeSessions: 0 };
    for await (const page of sessions.openPages()) {
      await forEachAtMost(MAX_AT_ONCE, page, async (session) => {
        // One session that cannot be ended must not keep the others from it.
        await sweepOne(session, counts).catch(onFailure);
      });
    }
    return counts;
  };

  async function sweepOne(session: Session, counts: { ended: number; continued: number; activeSessions: number }) {
    const { sessionId, createdAt, endedAt = 0, interruptedAt } = session;
    const nowMs = clock.nowMs();
    if (session.state === 'ended') {
      if (nowMs - endedAt < END_TAKES_MS) return;
      await deliverer.handOver({ task: 'completeEnd', sessionId, createdAt });
      counts.continued++;
      return;
    }
    const end = endOf(session, nowMs);
    const isStillOpen = end === undefined || !(await sessions.end({ sessionId, endedAt: nowMs, ...end }));
    if (!isStillOpen) counts.ended++;
    // One that waits for its day is not active.
    else if (session.state !== 'scheduled') counts.activeSessions++;

    function endOf(session: Session, nowMs: number) {
      if (!isLive(session, nowMs)) return { endReason: 'expired', only: { expiredBy: nowMs } } as const;
      if (interruptedAt === undefined || interruptedAt + settings.speakerGraceMs > nowMs) return undefined;
      return { endReason: 'speakerLost', only: { interruptedAt } } as const;
    }
  }
}
