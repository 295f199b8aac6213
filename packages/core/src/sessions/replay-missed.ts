import type { MessageLog, SessionWithHeads } from './message-log.ts';
import { findMissed, positionsNow, type SeenMessages } from './missed-messages.ts';
import type { Clock, Deliverer } from './ports.ts';

export interface ReplayMissedDeps {
  readonly messageLog: Pick<MessageLog, 'holds'>;
  readonly deliverer: Pick<Deliverer, 'handOver'>;
  readonly clock: Clock;
  /** Learns that the deliverer did not take a replay. */
  readonly onReplayFailed: (connectionId: string, error: unknown) => void;
  readonly settings: { readonly historyMs: number };
}

/** `recovered` is there if the client said what it has. */
export type PositionsNow = ReturnType<typeof positionsNow> & { readonly recovered?: boolean };

export interface ReplayRequest {
  readonly connectionId: string;
  readonly seen: SeenMessages;
  /** The session, and the heads of the channels that the connection follows, read after the connection had its place. */
  readonly found: SessionWithHeads;
  /**
   * Whether an earlier request of this connection has done the same already. Its replay is not started again: a flood
   * of repetitions would make a flood of posts. Should it have failed, the client asks with `recover`, which is limited.
   */
  readonly isRepeated: boolean;
}

/**
 * Says where the channels of a connection stand, and whether all that it has missed is still held; the deliverer is
 * asked to send that, if there is any. What the client gets may come before this reply, twice, late, or beside new
 * messages: its offset says where each belongs.
 *
 * A replay that could not be handed over fails no request, and `recovered` stays what it is: it says what the log holds.
 * The client sees the gap by `positions`, and asks again; with `false` it would give the messages up.
 * @throws {ServiceError} SERVICE_UNAVAILABLE
 */
export function createReplayMissed(deps: ReplayMissedDeps) {
  const { messageLog, deliverer, clock, onReplayFailed, settings } = deps;

  return async ({ connectionId, seen, found, isRepeated }: ReplayRequest): Promise<PositionsNow> => {
    const positions = positionsNow(found);
    const missed = findMissed(seen, found);
    if (missed === undefined) return positions;
    const { ranges, isOfEpoch } = missed;
    const { sessionId, createdAt: epoch } = found.session;
    // What is older may be gone, or be there for days: TTL deletes in no order, so one that is left proves nothing.
    const notBefore = clock.nowMs() - settings.historyMs;
    const [held] = await Promise.all([
      Promise.all(
        ranges.map(({ channel, after }) =>
          messageLog.holds({ sessionId, epoch, channel, offset: after + 1, notBefore }),
        ),
      ),
      isRepeated || ranges.length === 0
        ? undefined
        : deliverer
            .handOver({ task: 'replay', sessionId, connectionId, epoch, notBefore, channels: ranges })
            .catch((error: unknown) => onReplayFailed(connectionId, error)),
    ]);
    return { ...positions, recovered: isOfEpoch && held.every((isHeld) => isHeld) };
  };
}
export type ReplayMissed = ReturnType<typeof createReplayMissed>;
