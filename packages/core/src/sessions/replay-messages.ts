import { addUp } from './deliver-to-listeners.ts';
import type { DeliveryTask } from './delivery-task.ts';
import type { MessageLog } from './message-log.ts';
import { countOf } from './notify-share.ts';
import type { Clock, DeliveryOutcome, Push } from './ports.ts';
import { frameOf } from './publication.ts';

/** The time for all posts of a replay: the client asks again for what is then missing. */
const BUDGET_MS = 8000;

type Task = Omit<Extract<DeliveryTask, { task: 'replay' }>, 'task'>;

export interface ReplayMessagesDeps {
  readonly messageLog: Pick<MessageLog, 'pages'>;
  readonly push: Pick<Push, 'fanOut'>;
  readonly clock: Clock;
}

/**
 * Sends one connection what it has missed, from the log: the messages of each channel one after the other, so that they
 * arrive in order; the channels side by side. A post that fails, or finds the socket gone, ends the replay of its
 * channel: a gap would only be asked for again.
 * @returns posts, not connections
 * @throws {ServiceError} SERVICE_UNAVAILABLE: the log cannot be read. Running it again sends what was sent already once
 * more, which clients drop by its offset.
 */
export function createReplayMessages({ messageLog, push, clock }: ReplayMessagesDeps) {
  return async ({ sessionId, connectionId, epoch, notBefore, channels }: Task): Promise<DeliveryOutcome> => {
    const until = clock.nowMs() + BUDGET_MS;

    async function replay({ channel, after, upTo }: Task['channels'][number]): Promise<DeliveryOutcome> {
      const of = { sessionId, epoch, channel };
      const outcomes: DeliveryOutcome[] = [];
      for await (const messages of messageLog.pages({ ...of, after, upTo, nowMs: clock.nowMs() })) {
        for (const message of messages) {
          if (message.publishedAt < notBefore) continue;
          const startedAt = clock.nowMs();
          const report = await push.fanOut([connectionId], frameOf(of, message), until - startedAt);
          const outcome = countOf(report, startedAt);
          outcomes.push(outcome);
          if (outcome.delivered === 0) return addUp(outcomes);
        }
      }
      return addUp(outcomes);
    }

    const replays = channels.map(replay);
    await Promise.allSettled(replays);
    return addUp(await Promise.all(replays));
  };
}
