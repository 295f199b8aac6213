import { setTimeout as sleep } from 'node:timers/promises';
import { type Operate, type SessionWithPlaces, takenPlaces } from '@sessions/core/sessions';
import { OperatorError } from './errors.ts';
import { counted } from './text.ts';

/** Between two looks; the end itself waits for the index of listeners for as long. */
const POLL_MS = 250;

export interface EndOutcome {
  readonly sessionId: string;
  /** False: it had ended before. */
  readonly endedNow: boolean;
  /** How many listened when the command came. */
  readonly listeners: number;
  readonly endReason: string | undefined;
  readonly endedAt: number | undefined;
  readonly endCompletedAt: number | undefined;
}

/**
 * Ends a session and waits until every listener has been notified and removed.
 * @throws {OperatorError} there is none, or its end is not complete in time
 */
export async function endSession(
  operate: Operate,
  sessionId: string,
  { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<EndOutcome> {
  const before = await operate.show(sessionId);
  if (before === undefined) throw unknownSession(sessionId);
  const { createdAt } = before.session;
  const endedNow = (await operate.end(sessionId)) !== undefined;
  const startedAtMs = performance.now();
  for (;;) {
    const now = await operate.show(sessionId);
    // Gone, or a later one of the same ID: then this one's end was complete long ago.
    const isComplete = now?.session.createdAt !== createdAt || now.session.endCompletedAt !== undefined;
    if (isComplete) return outcomeOf(before, now ?? before, endedNow);
    const waitedMs = performance.now() - startedAtMs;
    if (waitedMs >= waitMs || signal.aborted) {
      throw new OperatorError(
        `${sessionId} has ended, but its end is not complete yet: ${counted(takenPlaces(now.shards), 'listener')} of ${takenPlaces(before.shards)} not notified after ${Math.round(waitedMs / 1000)} s. The sweeper goes on with it every minute; look again with: npm run session -- show ${sessionId}`,
      );
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => {}); // aborted: said above
  }
}

const outcomeOf = (before: SessionWithPlaces, { session }: SessionWithPlaces, endedNow: boolean): EndOutcome => ({
  sessionId: session.sessionId,
  endedNow,
  listeners: takenPlaces(before.shards),
  endReason: session.endReason,
  endedAt: session.endedAt,
  endCompletedAt: session.endCompletedAt,
});

export const unknownSession = (sessionId: string): OperatorError =>
  new OperatorError(
    `there is no session ${sessionId}; one is forgotten a day after its end (npm run session -- list shows the open ones)`,
  );
