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
/** Segments of a table whose size is not known yet, and pages of a segment that make the next round divide it further. */
const FIRST_SEGMENTS = 4;
const PAGES_A_SEGMENT = 10;
const MAX_SEGMENTS = 64;

/** One passage over the whole table, which may take several sweeps. Kept by the instance of the function. */
interface Round {
  readonly segments: number;
  /** Where each segment goes on; `done`: it has been passed over. */
  readonly cursors: (string | undefined | 'done')[];
  pages: number;
  scanned: number;
}

const newRound = (segments: number): Round => ({
  segments,
  cursors: Array.from({ length: segments }, () => undefined),
  pages: 0,
  scanned: 0,
});

/**
 * Removes the connections that have not been heard for the timeout. Silence may be our own fault (the heartbeat function
 * fails, its route is throttled), so API Gateway is asked first: a socket that is gone is removed; one that was active
 * lately is left alone; and when many sockets that are open would have to be closed at once, that is taken for our fault,
 * and nothing more is closed. Memory stays constant: connections are worked on page by page. What there is no time for,
 * the next sweep goes on with: it does not begin anew with those that were left alone.
 */
export function createSweepConnections(deps: SweepDeps) {
  const { connections, push, leaveSession, meter, clock, sleep, onFailure, settings } = deps;
  let round = newRound(FIRST_SEGMENTS);
  /** Of the last round that was complete. */
  let knownConnections = 0;

  return async (deadlineMs: number) => {
    const counts = { silent: 0, removed: 0 };
    const questions = createPacer(MAX_QUESTIONS_A_SECOND);
    const heardBefore = clock.nowMs() - settings.heartbeatTimeoutMs;
    const { segments, cursors } = round;
    let closed = 0;
    let braked = 0;

    const sweepOne = async (connection: Connection) => {
      counts.silent++;
      const { connectionId, lastHeartbeatAt } = connection;
      await questions();
      const lastActiveAt = await push.lastActiveAt(connectionId);
      if (lastActiveAt !== undefined) {
        const isActive = lastActiveAt > heardBefore;
        const isDoubtful = lastHeartbeatAt > clock.nowMs() - MAX_TIMEOUTS * settings.heartbeatTimeoutMs;
        if (isActive && isDoubtful) return;
        if (closed >= Math.max(MIN_CLOSED_BEFORE_BRAKE, openConnections() * MAX_CLOSED_SHARE)) {
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
      const after = cursors[segment];
      if (after === 'done') return;
      for await (const page of connections.silentPages({ heardBefore, segment, segments, after })) {
        round.pages++;
        round.scanned += page.scanned;
        let last: string | undefined;
        const begun = function* () {
          for (const connection of page.connections) {
            if (clock.nowMs() > deadlineMs) return;
            last = connection.connectionId;
            yield connection;
          }
          last = undefined;
        };
        await forEachAtMost(MAX_AT_ONCE, begun(), (connection) => sweepOne(connection).catch(onFailure));
        // In the middle of a page, the next sweep goes on behind the last connection that was begun.
        cursors[segment] = last ?? page.cursor ?? 'done';
        // The rest of a page that was broken off comes again, as a page of its own.
        if (last !== undefined) round.scanned -= page.scanned;
        if (clock.nowMs() > deadlineMs) return;
      }
    };

    await Promise.all(cursors.map((_, segment) => sweepSegment(segment)));
    if (braked > 0) meter.sweepBraked(braked);
    const isComplete = cursors.every((cursor) => cursor === 'done');
    const result = { ...counts, isComplete, openConnections: openConnections() };
    if (isComplete) {
      knownConnections = round.scanned;
      round = newRound(Math.min(MAX_SEGMENTS, Math.max(1, Math.ceil(round.pages / PAGES_A_SEGMENT))));
      result.openConnections = knownConnections;
    }
    return result;
  };

  /** As far as it is known: what this round has seen, or the last one saw. */
  function openConnections(): number {
    return Math.max(knownConnections, round.scanned);
  }

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
