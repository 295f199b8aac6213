import {
  type ChannelHead,
  type ChannelOf,
  MAX_RECENT_IDS,
  NO_HEAD,
  type StoredMessage,
} from '../sessions/message-log.ts';
import { fromItem, type Item, toItem, ttlAt } from './items.ts';

/** A channel's head is in its partition, before the first message. */
export const HEAD_OFFSET = 0;

/** The partition of a channel. Session IDs hold no `#`. */
export const channelKey = (sessionId: string, channel: string): string => `${sessionId}#${channel}`;

export const messageKey = (sessionId: string, channel: string, offset: number): Item =>
  toItem({ channel: channelKey(sessionId, channel), offset });

/**
 * `data` is kept as JSON text: DynamoDB has fewer numbers than JSON, and no empty attribute names.
 * @param write names the write that stored it
 */
export const toMessageItem = (
  { sessionId, channel, epoch }: ChannelOf,
  { data, ...message }: StoredMessage,
  { keptUntil, write }: { keptUntil: number; write: string },
): Item =>
  toItem({
    ...message,
    channel: channelKey(sessionId, channel),
    epoch,
    data: JSON.stringify(data),
    write,
    ttl: ttlAt(keptUntil),
  });

export function fromMessageItem(item: Item): StoredMessage {
  const { data, ...message } = fromItem(item, ['channel', 'epoch', 'write', 'ttl']);
  return { ...message, data: JSON.parse(String(data)) } as unknown as StoredMessage;
}

/** Whether the item's time is over: the TTL may leave it there for days. */
export const isExpired = (item: Item, nowMs: number): boolean => Number(item.ttl?.N) * 1000 <= nowMs;

export const epochOf = (item: Item): number => Number(item.epoch?.N);

/** The attributes of a head's item that a write sets. */
export const toHeadAttributes = (epoch: number, { offset, recent }: ChannelHead, keptUntil: number): Item =>
  toItem({ epoch, head: offset, recent: recent.slice(-MAX_RECENT_IDS), ttl: ttlAt(keptUntil) });

/** @param epoch of the session; the head of an earlier session of the same ID counts as none */
export function fromHeadItem(item: Item | undefined, epoch: number): ChannelHead {
  if (item === undefined || epochOf(item) !== epoch) return NO_HEAD;
  const { head, recent } = fromItem(item, []);
  return { offset: head, recent } as ChannelHead;
}
