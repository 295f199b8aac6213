import { ALL_CHANNEL, SPEAKER_CHANNEL } from './channels.ts';
import { addUp, type DeliverToListeners } from './deliver-to-listeners.ts';
import type { DeliveryTask } from './delivery-task.ts';
import { countOf } from './notify-share.ts';
import type { Clock, DeliveryOutcome, Push, SessionRepository } from './ports.ts';

type Task = Omit<Extract<DeliveryTask, { task: 'deliverMessage' }>, 'task'>;

export interface DeliverMessageDeps {
  readonly sessions: Pick<SessionRepository, 'find'>;
  readonly push: Pick<Push, 'fanOut'>;
  readonly deliverToListeners: DeliverToListeners;
  readonly clock: Clock;
}

/**
 * Sends a message that is in the log to those who follow its channel: the listeners of a language, or all, or the
 * speaker. Who follows is read now, and not by the publisher: a connection that comes later than that has the message in
 * the positions of its first reply, because the head was raised before.
 */
export function createDeliverMessage({ sessions, push, deliverToListeners, clock }: DeliverMessageDeps) {
  return async (task: Task): Promise<DeliveryOutcome> => {
    const { channel } = task.message;
    const outcomes = [
      ...(channel === SPEAKER_CHANNEL ? [] : [toListeners(task, channel)]),
      ...(channel === SPEAKER_CHANNEL || channel === ALL_CHANNEL ? [toSpeaker(task)] : []),
    ];
    await Promise.allSettled(outcomes);
    return addUp(await Promise.all(outcomes));
  };

  function toListeners({ sessionId, message, retryUntil }: Task, channel: string): Promise<DeliveryOutcome> {
    const language = channel === ALL_CHANNEL ? undefined : channel;
    return deliverToListeners({ sessionId, message, remove: false, retryUntil, language });
  }

  /** A speaker who is gone keeps the role: `$disconnect` and the sweeper know what follows from that. */
  async function toSpeaker({ sessionId, message, retryUntil }: Task): Promise<DeliveryOutcome> {
    const session = await sessions.find(sessionId);
    const connectionId = session?.createdAt === message.epoch ? session.speakerConnectionId : undefined;
    if (connectionId === undefined) return addUp([]);
    const startedAt = clock.nowMs();
    return countOf(await push.fanOut([connectionId], message, retryUntil - startedAt), startedAt);
  }
}
