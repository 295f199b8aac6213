import type { ServerMessageOf } from '@sessions/core/protocol';

type Message = ServerMessageOf<'message'>;

/** A reply that says where the channels of a connection stand. */
export interface Standing {
  readonly epoch: number;
  readonly positions: Readonly<Record<string, number>>;
  readonly recovered?: boolean | undefined;
}

interface Channel {
  /** The offset of the last message that was shown, or that the client does not want. */
  position: number;
  /** What the service has said that there is. */
  head: number;
  /** Up to here the service could not send everything: what is not there, the client may leave out. */
  lostUpTo: number;
  readonly waiting: Map<number, Message>;
}

/**
 * The messages of one client, as `docs/protocol.md` asks of it: each channel in order, each message once, whatever the
 * order in which they come, and on whichever connection.
 */
export interface Feed {
  readonly epoch: number | undefined;
  /** The channels that the client follows, in no order. */
  readonly channels: readonly string[];
  /** What the client has, for a request; nothing as long as it has no place. */
  seen(): { readonly epoch?: number; readonly since?: Readonly<Record<string, number>> };
  /**
   * Takes in a reply that gives a place or a language: from now on it follows these channels.
   * @param rewind how many of the last messages of a channel that is new to it the client has asked for
   */
  follow(standing: Standing, rewind?: number): void;
  /** Takes in a reply that says no more than where the channels stand. */
  hear(standing: Standing): void;
  take(message: Message): void;
  /** Whether messages are missing, as far as the client can know. */
  hasGap(): boolean;
  /** Leaves out what the service has said is lost. */
  giveUp(): void;
  positionOf(channel: string): number | undefined;
}

/** @param report takes in what a client would notice */
export function createFeed(report: (violation: string) => void): Feed {
  const channels = new Map<string, Channel>();
  /** Messages that came before the reply which says that their channel is followed. */
  let early: Message[] = [];
  /** The last offset that was shown, by channel and epoch, also of channels that are not followed any more. */
  const shown = new Map<string, number>();
  let epoch: number | undefined;

  function showWaiting(name: string, channel: Channel): void {
    for (;;) {
      const next = channel.waiting.get(channel.position + 1);
      if (next === undefined) break;
      channel.waiting.delete(next.offset);
      channel.position = next.offset;
      const last = shown.get(`${name} ${epoch}`) ?? 0;
      if (next.offset <= last) report(`was shown ${next.offset} of ${name} after ${last}`);
      shown.set(`${name} ${epoch}`, next.offset);
    }
    for (const offset of channel.waiting.keys()) if (offset <= channel.position) channel.waiting.delete(offset);
  }

  const feed: Feed = {
    get epoch() {
      return epoch;
    },
    get channels() {
      return [...channels.keys()];
    },
    seen() {
      if (epoch === undefined) return {};
      return { epoch, since: Object.fromEntries([...channels].map(([name, { position }]) => [name, position])) };
    },
    follow(standing, rewind = 0) {
      if (epoch !== undefined && standing.epoch < epoch) return;
      const isOther = epoch !== undefined && standing.epoch > epoch;
      if (isOther) channels.clear();
      epoch = standing.epoch;
      for (const name of channels.keys()) if (!(name in standing.positions)) channels.delete(name);
      for (const [name, head] of Object.entries(standing.positions)) {
        if (channels.has(name)) continue;
        // A client that knew an earlier session of this ID, and said so, is sent all of this one.
        const position = isOther && standing.recovered !== undefined ? 0 : Math.max(0, head - rewind);
        channels.set(name, { position, head, lostUpTo: 0, waiting: new Map() });
      }
      feed.hear(standing);
      const waiting = early;
      early = [];
      for (const message of waiting) feed.take(message);
    },
    hear(standing) {
      if (standing.epoch !== epoch) return;
      for (const [name, channel] of channels) {
        const head = standing.positions[name];
        if (head === undefined) continue;
        channel.head = Math.max(channel.head, head);
        if (standing.recovered === false) channel.lostUpTo = Math.max(channel.lostUpTo, head);
      }
    },
    take(message) {
      const channel = message.epoch === epoch ? channels.get(message.channel) : undefined;
      if (channel === undefined) {
        if (epoch === undefined || message.epoch >= epoch) early.push(message);
        return;
      }
      channel.head = Math.max(channel.head, message.offset);
      if (message.offset <= channel.position) return;
      channel.waiting.set(message.offset, message);
      showWaiting(message.channel, channel);
    },
    hasGap: () => [...channels.values()].some(({ position, head }) => position < head),
    giveUp() {
      for (const [name, channel] of channels) {
        while (channel.position < channel.lostUpTo) {
          if (!channel.waiting.has(channel.position + 1)) channel.position++;
          showWaiting(name, channel);
        }
      }
    },
    positionOf: (name) => channels.get(name)?.position,
  };
  return feed;
}
