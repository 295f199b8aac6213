import { type CompleteEndDeps, createCompleteEnd } from './complete-end.ts';
import { createDeliverMessage, type DeliverMessageDeps } from './deliver-message.ts';
import { createDeliverToListeners, type DeliverToListenersDeps } from './deliver-to-listeners.ts';
import type { DeliveryTask } from './delivery-task.ts';
import { countOf, createNotifyShare, type NotifyShareDeps } from './notify-share.ts';
import type { DeliveryOutcome, Push } from './ports.ts';
import { createReplayMessages, type ReplayMessagesDeps } from './replay-messages.ts';

/** `deliverer`: other invocations of this function. */
export type DeliverDeps = NotifyShareDeps &
  Omit<DeliverToListenersDeps, 'notifyShare'> &
  Omit<CompleteEndDeps, 'deliverToListeners'> &
  Omit<DeliverMessageDeps, 'deliverToListeners'> &
  ReplayMessagesDeps & { readonly push: Pick<Push, 'close'> };

/** Runs one task. Running it again, late, or beside itself does no harm. */
export function createDeliver(deps: DeliverDeps) {
  const { push } = deps;
  const notifyShare = createNotifyShare(deps);
  const deliverToListeners = createDeliverToListeners({ ...deps, notifyShare });
  const completeEnd = createCompleteEnd({ ...deps, deliverToListeners });
  const deliverMessage = createDeliverMessage({ ...deps, deliverToListeners });
  const replayMessages = createReplayMessages(deps);

  return async (task: DeliveryTask): Promise<DeliveryOutcome> => {
    switch (task.task) {
      case 'notifyListeners':
        return deliverToListeners({ sessionId: task.sessionId, message: task.message, remove: false });
      case 'notifyShare':
        return notifyShare(task);
      case 'completeEnd':
        return completeEnd(task);
      case 'deliverMessage':
        return deliverMessage(task);
      case 'replay':
        return replayMessages(task);
      case 'notifyConnection': {
        const startedAt = deps.clock.nowMs();
        const outcome = countOf(await push.fanOut([task.connectionId], task.message), startedAt);
        if (task.close) await push.close(task.connectionId);
        return outcome;
      }
    }
  };
}
export type Deliver = ReturnType<typeof createDeliver>;
