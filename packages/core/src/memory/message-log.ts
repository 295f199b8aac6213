import { type ChannelHead, MAX_RECENT_IDS, type MessageLog, NO_HEAD } from '../sessions/message-log.ts';
import type { MemoryTables, StoredChannel } from './tables.ts';

export interface MemoryMessageLogOptions {
  /** Messages on a page. */
  readonly pageSize?: number;
}

/** The log of messages in memory, with the promises of the port: every method, and every page, is one atomic step. */
export function createMemoryMessageLog(
  tables: MemoryTables,
  { pageSize = 100 }: MemoryMessageLogOptions = {},
): MessageLog {
  const keyOf = (sessionId: string, channel: string) => `${sessionId}#${channel}`;

  function channelOf(sessionId: string, channel: string): StoredChannel {
    const key = keyOf(sessionId, channel);
    let stored = tables.channels.get(key);
    if (stored === undefined) {
      stored = { head: undefined, messages: new Map() };
      tables.channels.set(key, stored);
    }
    return stored;
  }

  return {
    async findSession(sessionId, channels) {
      const session = tables.partitions.get(sessionId)?.stored?.session;
      if (session === undefined) return undefined;
      const headOf = (channel: string): ChannelHead => {
        const head = tables.channels.get(keyOf(sessionId, channel))?.head;
        return head?.epoch === session.createdAt ? head.head : NO_HEAD;
      };
      return { session, heads: Object.fromEntries(channels.map((channel) => [channel, headOf(channel)])) };
    },

    async find({ sessionId, epoch, channel, offset }) {
      const stored = tables.channels.get(keyOf(sessionId, channel))?.messages.get(offset);
      return stored?.epoch === epoch ? stored.message : undefined;
    },

    async append({ sessionId, epoch, channel, message, keptUntil }) {
      const { messages } = channelOf(sessionId, channel);
      const there = messages.get(message.offset);
      if (there !== undefined && there.epoch >= epoch) return { taken: there.message };
      messages.set(message.offset, { epoch, message, keptUntil });
      return 'stored';
    },

    async keep({ sessionId, epoch, channel, message, keptUntil }) {
      const stored = tables.channels.get(keyOf(sessionId, channel))?.messages;
      const there = stored?.get(message.offset);
      if (there?.epoch !== epoch || there.message.publishedAt !== message.publishedAt) return false;
      stored?.set(message.offset, { epoch, message, keptUntil });
      return true;
    },

    async raiseHead({ sessionId, epoch, channel, head, keptUntil }) {
      const stored = channelOf(sessionId, channel);
      const before = stored.head;
      if (
        before !== undefined &&
        (before.epoch > epoch || (before.epoch === epoch && before.head.offset >= head.offset))
      )
        return;
      stored.head = { epoch, head: { ...head, recent: head.recent.slice(-MAX_RECENT_IDS) }, keptUntil };
    },

    async holds({ sessionId, epoch, channel, offset, notBefore }) {
      const stored = tables.channels.get(keyOf(sessionId, channel))?.messages.get(offset);
      return stored?.epoch === epoch && stored.message.publishedAt >= notBefore;
    },

    async *pages({ sessionId, epoch, channel, after, upTo, nowMs }) {
      let last = after;
      for (;;) {
        const start = last;
        const rest = [...(tables.channels.get(keyOf(sessionId, channel))?.messages.values() ?? [])]
          .filter((stored) => stored.epoch === epoch && stored.keptUntil > nowMs)
          .map(({ message }) => message)
          .filter(({ offset }) => offset > start && offset <= upTo)
          .sort((one, other) => one.offset - other.offset);
        const page = rest.slice(0, pageSize);
        yield page;
        if (rest.length <= pageSize) return;
        last = page.at(-1)?.offset ?? upTo;
      }
    },

    async deleteAll({ sessionId, channels }) {
      for (const channel of channels) tables.channels.delete(keyOf(sessionId, channel));
    },
  };
}
