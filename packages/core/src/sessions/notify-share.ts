import type { DeliveryTask } from './delivery-task.ts';
import type { Listener } from './model.ts';
import type { Clock, DeliveryOutcome, FanOutReport, Meter, Push, SessionRepository } from './ports.ts';
import { MAX_REMOVED_AT_ONCE } from './ports.ts';

export type Share = Omit<Extract<DeliveryTask, { task: 'notifyShare' }>, 'task'>;

export interface NotifyShareDeps {
  readonly sessions: Pick<SessionRepository, 'removeListeners'>;
  readonly push: Pick<Push, 'fanOut'>;
  readonly meter: Pick<Meter, 'fanOut'>;
  readonly clock: Clock;
}

/**
 * Sends a message to listeners. Those who are gone lose their place; `remove`: those who were notified as well.
 *
 * With `retryUntil` the outcome is somebody's receipt: it must not be lost because places cannot be given back now. The
 * next message finds those listeners gone again, or the sweeper does.
 */
export function createNotifyShare({ sessions, push, meter, clock }: NotifyShareDeps) {
  return async ({ sessionId, listeners, message, remove, retryUntil }: Share): Promise<DeliveryOutcome> => {
    const startedAt = clock.nowMs();
    const report = await push.fanOut(
      listeners.map(({ connectionId }) => connectionId),
      message,
      retryUntil === undefined ? undefined : retryUntil - startedAt,
    );
    const outcome = countOf(report, startedAt);
    meter.fanOut(outcome);
    const leaving = new Set(remove ? [...report.delivered, ...report.gone] : report.gone);
    const removed = removeByShard(
      sessionId,
      listeners.filter(({ connectionId }) => leaving.has(connectionId)),
    );
    await (retryUntil === undefined ? removed : removed.catch(() => {}));
    return outcome;
  };

  async function removeByShard(sessionId: string, listeners: readonly Listener[]): Promise<void> {
    const byShard = Map.groupBy(listeners, ({ placeShard }) => placeShard);
    await Promise.all(
      [...byShard].map(async ([placeShard, leaving]) => {
        for (let start = 0; start < leaving.length; start += MAX_REMOVED_AT_ONCE) {
          const some = leaving.slice(start, start + MAX_REMOVED_AT_ONCE);
          await sessions.removeListeners({ sessionId, placeShard, listeners: some });
        }
      }),
    );
  }
}
export type NotifyShare = ReturnType<typeof createNotifyShare>;

/** @param startedAt when the fan-out began, epoch milliseconds */
export const countOf = (
  { delivered, gone, failed, lastDeliveredMs }: FanOutReport,
  startedAt: number,
): DeliveryOutcome => ({
  delivered: delivered.length,
  gone: gone.length,
  failed: failed.length,
  ...(lastDeliveredMs === undefined ? {} : { lastDeliveredAt: startedAt + lastDeliveredMs }),
});
