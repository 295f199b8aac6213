import { ServiceError } from '../protocol/index.ts';
import {
  type ChannelHead,
  type ChannelOf,
  MAX_RECENT_IDS,
  type MessageLog,
  type RecentId,
  type StoredMessage,
} from './message-log.ts';
import type { Clock } from './ports.ts';
import { frameBytes, frameOf, requireFrameSize } from './publication.ts';

/**
 * How much longer than it is held a message is kept. A publisher that goes on from a head it has read must not find an
 * offset free because its message was deleted with age; nor may the message at an offset be deleted, and the offset taken
 * by another, between the walk over it and the raising of the head. So this is longer than any invocation of a publisher
 * runs (30 s at most) and `MAX_WALKED_AGE_MS` together.
 */
export const KEPT_LONGER_MS = 60_000;
/** A message that is older and does not count yet is kept for longer before the head is raised past it. */
const MAX_WALKED_AGE_MS = 30_000;
/** How old the head may be that a publisher goes on from: then it gives up, and is not killed on its way. */
const MAX_HEAD_AGE_MS = 10_000;

export interface AppendMessageDeps {
  readonly messageLog: Pick<MessageLog, 'find' | 'append' | 'keep' | 'raiseHead'>;
  readonly clock: Clock;
}

export interface AppendMessageRequest {
  readonly channel: ChannelOf;
  /** As it was read at `headReadAt`, epoch milliseconds. */
  readonly head: ChannelHead;
  readonly headReadAt: number;
  readonly message: Omit<StoredMessage, 'offset'>;
  readonly messageKeptUntil: number;
  readonly headKeptUntil: number;
}

export interface Appended {
  readonly offset: number;
  /** Whether a message with this ID was there before. */
  readonly isRepeated: boolean;
  /** As it is in the log; undefined: a repeated one that is not held any more. */
  readonly stored: StoredMessage | undefined;
}

/**
 * Puts a message at the end of its channel, however many others do the same: the first free offset above the head is its
 * own, for the write of each offset is conditional. Then the head is raised to it, and with that the message counts. The
 * head has the IDs of the messages up to it: the publisher that raises it has read them in the old head, or walked over them.
 *
 * - Killed between the two writes: the message does not count yet; the next publisher walks over it and raises the head
 *   past it, and the same ID finds it.
 * - A stale head: the walk begins earlier, and comes to the same offset.
 * @throws {ServiceError} MESSAGE_TOO_LARGE, SERVICE_UNAVAILABLE
 */
export function createAppendMessage({ messageLog, clock }: AppendMessageDeps) {
  return async (request: AppendMessageRequest): Promise<Appended> => {
    const { channel, head, message, messageKeptUntil: keptUntil } = request;
    const known = message.id === undefined ? undefined : head.recent.find(({ id }) => id === message.id);
    if (known) {
      const { offset } = known;
      return { offset, isRepeated: true, stored: await messageLog.find({ ...channel, offset }) };
    }
    const recent = [...head.recent];
    const raiseTo = (offset: number) =>
      messageLog.raiseHead({
        ...channel,
        head: { offset, recent: remembered(recent, clock.nowMs()) },
        keptUntil: request.headKeptUntil,
      });

    let offset = head.offset + 1;
    for (;;) {
      if (clock.nowMs() - request.headReadAt > MAX_HEAD_AGE_MS) {
        // Those after it then have less to walk.
        if (offset > head.offset + 1) await raiseTo(offset - 1);
        throw tooMany();
      }
      const own = { offset, ...message };
      requireFrameSize(frameBytes(frameOf(channel, own)));
      const outcome = await messageLog.append({ ...channel, message: own, keptUntil });
      const stored = outcome === 'stored' ? own : outcome.taken;
      if (clock.nowMs() - stored.publishedAt > MAX_WALKED_AGE_MS) {
        // Its publisher was killed long ago, and its time may be over any moment.
        if (!(await messageLog.keep({ ...channel, message: stored, keptUntil }))) continue;
      }
      if (stored.id !== undefined) recent.push({ id: stored.id, offset, at: stored.publishedAt });
      const isRepeated = outcome !== 'stored' && message.id !== undefined && stored.id === message.id;
      if (outcome === 'stored' || isRepeated) {
        await raiseTo(offset);
        return { offset, isRepeated, stored };
      }
      offset++;
    }
  };
}

/** IDs that are remembered however old they are. */
const MIN_REMEMBERED = 64;
/** A publisher repeats a message for 30 s (`packages/backend`): younger IDs are remembered beyond that number. */
const REMEMBERED_MS = 60_000;

/** Returns the IDs that a head keeps: the last ones, and all of the last minute, at most `MAX_RECENT_IDS`. */
function remembered(recent: readonly RecentId[], nowMs: number): readonly RecentId[] {
  const firstYoung = recent.findIndex(({ at }) => at > nowMs - REMEMBERED_MS);
  const count = Math.max(MIN_REMEMBERED, firstYoung < 0 ? 0 : recent.length - firstYoung);
  return recent.slice(-Math.min(count, MAX_RECENT_IDS));
}

const tooMany = () =>
  new ServiceError('SERVICE_UNAVAILABLE', 'Others publish too much to this channel: publish the message again', {
    retryAfterSeconds: 1,
  });
