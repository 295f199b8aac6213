import { createCompleteEnd } from './complete-end.ts';
import { createDeliverToListeners } from './deliver-to-listeners.ts';
import type { DeliveryTask } from './delivery-task.ts';
import type { Listener } from './model.ts';
import type {
  Clock,
  ConnectionRepository,
  Deliverer,
  DeliveryOutcome,
  Meter,
  Push,
  SessionRepository,
  Sleep,
} from './ports.ts';
import { MAX_REMOVED_AT_ONCE } from './ports.ts';

export interface DeliverDeps {
  readonly sessions: Pick<SessionRepository, 'findWithPlaces' | 'closeShard' | 'removeListeners' | 'completeEnd'>;
  readonly connections: Pick<ConnectionRepository, 'find' | 'listenerPages' | 'removeSpeaker'>;
  readonly push: Pick<Push, 'fanOut' | 'close'>;
  /** Other invocations of this function. */
  readonly deliverer: Pick<Deliverer, 'run'>;
  readonly meter: Pick<Meter, 'fanOut'>;
  readonly clock: Clock;
  readonly sleep: Sleep;
}

/** Runs one task. Running it again, late, or beside itself does no harm. */
export function createDeliver(deps: DeliverDeps) {
  const { sessions, push, meter } = deps;
  const deliverToListeners = createDeliverToListeners({ ...deps, notifyShare });
  const completeEnd = createCompleteEnd({ ...deps, deliverToListeners });

  return async (task: DeliveryTask): Promise<DeliveryOutcome> => {
    switch (task.task) {
      case 'notifyListeners':
        return deliverToListeners({ ...task, remove: false });
      case 'notifyShare':
        return notifyShare(task);
      case 'completeEnd':
        return completeEnd(task);
      case 'notifyConnection': {
        const outcome = countOf(await push.fanOut([task.connectionId], task.message));
        if (task.close) await push.close(task.connectionId);
        return outcome;
      }
    }
  };

  /** Listeners who are gone lose their place; `remove`: those who were notified as well. */
  async function notifyShare(
    task: Omit<Extract<DeliveryTask, { task: 'notifyShare' }>, 'task'>,
  ): Promise<DeliveryOutcome> {
    const { sessionId, listeners, message, remove } = task;
    const report = await push.fanOut(
      listeners.map(({ connectionId }) => connectionId),
      message,
    );
    const outcome = countOf(report);
    meter.fanOut(outcome);
    const leaving = new Set(remove ? [...report.delivered, ...report.gone] : report.gone);
    await removeByShard(
      sessionId,
      listeners.filter(({ connectionId }) => leaving.has(connectionId)),
    );
    return outcome;
  }

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
export type Deliver = ReturnType<typeof createDeliver>;

const countOf = ({ delivered, gone, failed }: Awaited<ReturnType<Push['fanOut']>>): DeliveryOutcome => ({
  delivered: delivered.length,
  gone: gone.length,
  failed: failed.length,
});
