import { forEachAtMost } from './for-each-at-most.ts';
import type { Connection } from './model.ts';
import type { SweepDeps } from './sweep.ts';

/** Timeouts after which a connection is closed even if API Gateway saw activity: our own posts may be that activity. */
const MAX_TIMEOUTS = 3;
/**
 * Questions to API Gateway a second, of the 10,000 that an account has for everything.
 * @see API Gateway quotas
 */
const MAX_QUESTIONS_A_SECOND = 200;
const MAX_AT_ONCE = 20;
/** Sockets that one sweep closes although API Gateway has them open: so many, or this share of all connections. */
const MIN_CLOSED_BEFORE_BRAKE = 50;
const MAX_CLOSED_SHARE = 0.1;
/** Pages of one segment before the next sweep divides the table further: a page is 1 MB. */
const PAGES_A_SEGMENT = 10;
const MAX_SEGMENTS = 64;

/**
 * Removes the connections that have not been heard for the timeout. Silence may be our own fault (the heartbeat function
 * fails, its route is throttled), so API Gateway is asked first: a socket that is gone is removed; one that was active
 * lately is left alone; and when many sockets that are open would have to be closed at once, that is taken for our fault,
 * and nothing more is closed. Memory stays constant: connections are worked on page by page.
 */
export function createSweepConnections(deps: SweepDeps) {
  const { connections, push, leaveSession, meter, clock, sleep, onFailure, settings } = deps;
  let segments = 1;

  return async (deadlineMs: number) => {
    const counts = { silent: 0, removed: 0, openConnections: 0 };
    const questions = createPacer(MAX_QUESTIONS_A_SECOND);
    const heardBefore = clock.nowMs() - settings.heartbeatTimeoutMs;
    let closed = 0;
    let braked = 0;
    let pages = 0;
    let isComplete = true;

    const sweepOne = async (connection: Connection) => {
      if (clock.nowMs() > deadlineMs) {
        isComplete = false;
        return;
      }
      counts.silent++;
      const { connectionId, lastHeartbeatAt } = connection;
      await questions();
      const lastActiveAt = await push.lastActiveAt(connectionId);
      if (lastActiveAt !== undefined) {
        const isActive = lastActiveAt > heardBefore;
        const isDoubtful = lastHeartbeatAt > clock.nowMs() - MAX_TIMEOUTS * settings.heartbeatTimeoutMs;
        if (isActive && isDoubtful) return;
        if (closed >= Math.max(MIN_CLOSED_BEFORE_BRAKE, counts.openConnections * MAX_CLOSED_SHARE)) {
          braked++;
          return;
        }
        closed++;
      }
      // The item goes first: what `$disconnect` then says of a socket that we have closed finds nothing.
      await leaveSession(connection, 'lost');
      if (lastActiveAt !== undefined) await push.close(connectionId);
      counts.removed++;
    };

    const sweepSegment = async (segment: number) => {
      for await (const page of connections.silentPages({ heardBefore, segment, segments })) {
        pages++;
        counts.openConnections += page.scanned;
        await forEachAtMost(MAX_AT_ONCE, page.connections, (connection) => sweepOne(connection).catch(onFailure));
        if (clock.nowMs() > deadlineMs) {
          isComplete = false;
          return;
        }
      }
    };

    await Promise.all(Array.from({ length: segments }, (_, segment) => sweepSegment(segment)));
    segments = Math.min(MAX_SEGMENTS, Math.max(1, Math.ceil(pages / PAGES_A_SEGMENT)));
    if (braked > 0) meter.sweepBraked(braked);
    return { ...counts, isComplete };
  };

  /** Lets one caller pass at a time, evenly spaced. */
  function createPacer(perSecond: number) {
    let nextMs = 0;
    return async (): Promise<void> => {
      const nowMs = clock.nowMs();
      const turnMs = Math.max(nowMs, nextMs);
      nextMs = turnMs + 1000 / perSecond;
      if (turnMs > nowMs) await sleep(turnMs - nowMs);
    };
  }
}
