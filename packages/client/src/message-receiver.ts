import { ChannelReceiver, type ChannelReceiverOptions } from './channel-receiver.ts';
import type { MessagesLost, ReceivedMessage } from './types.ts';

/** Where the numbering of messages stands, as the service says. */
export interface Positions {
  /** Names the numbering. */
  readonly epoch: number;
  /** The offset of the last message of each channel that the connection follows. */
  readonly positions: Readonly<Record<string, number>>;
}

/** The reply to a request for a place, for what was missed, or for another language. */
export interface PositionsReply extends Positions {
  /** Of a request that said what had been received: whether all that came after it follows. */
  readonly recovered?: boolean | undefined;
}

/** What has been received: the offset of the last message that was delivered, by channel. */
export interface ReceivedSoFar {
  readonly epoch: number;
  readonly since: Record<string, number>;
}

export interface MessageReceiverOptions extends Pick<ChannelReceiverOptions, 'clock' | 'random' | 'onMessage'> {
  readonly onLost: (lost: MessagesLost) => void;
  readonly recover: (request: ReceivedSoFar) => Promise<Positions & { readonly recovered: boolean }>;
  /** How many of the last messages of each channel a newcomer has asked for. */
  readonly rewind?: number | undefined;
}

/**
 * How many messages of channels that are not followed are kept: those of a new language can come before the reply that
 * names it.
 */
const MAX_STRAYS = 100;

/** Receives the messages of the channels that the service says this client follows: each once, in order by channel. */
export class MessageReceiver {
  readonly #options: MessageReceiverOptions;
  readonly #channels = new Map<string, ChannelReceiver>();
  #strays: ReceivedMessage[] = [];
  #epoch: number | undefined;

  constructor(options: MessageReceiverOptions) {
    this.#options = options;
  }

  /** Undefined before the first reply. */
  get receivedSoFar(): ReceivedSoFar | undefined {
    if (this.#epoch === undefined) return undefined;
    const since = Object.fromEntries([...this.#channels].map(([name, { position }]) => [name, position]));
    return { epoch: this.#epoch, since };
  }

  /** A reply names the channels that are followed from now on, and says where they stand. */
  follow({ epoch, positions, recovered }: PositionsReply): void {
    const isFirst = this.#epoch === undefined;
    const isSameEpoch = epoch === this.#epoch;
    for (const [name, channel] of this.#channels) {
      if (isSameEpoch && Object.hasOwn(positions, name)) continue;
      channel.stop();
      this.#channels.delete(name);
    }
    this.#epoch = epoch;
    for (const [name, head] of Object.entries(positions)) {
      const known = this.#channels.get(name);
      if (known && recovered === undefined) known.expect(head);
      else if (known) known.answered({ head, recovered: recovered as boolean });
      else this.#add(name, head, recovered, { isFirst, isSameEpoch });
    }
    for (const message of this.#strays.splice(0)) this.accept(message);
  }

  #add(
    channel: string,
    head: number,
    recovered: boolean | undefined,
    { isFirst, isSameEpoch }: { readonly isFirst: boolean; readonly isSameEpoch: boolean },
  ): void {
    const { rewind = 0, recover, onLost, ...options } = this.#options;
    const epoch = this.#epoch as number;
    // A later session of the same ID is replayed from its beginning; a channel that is new in the same session begins now.
    const position = isFirst ? Math.max(0, head - rewind) : isSameEpoch || recovered === undefined ? head : 0;
    const added = new ChannelReceiver({
      ...options,
      position,
      // A newcomer has lost nothing of what was before it came.
      onLost: (from, to) => (isFirst && to <= head ? undefined : onLost({ channel, from, to })),
      recover: async (since) => {
        const reply = await recover({ epoch, since: { [channel]: since } });
        // Of another session, which the place will be taken in soon.
        if (reply.epoch !== epoch) return { head: since, recovered: false };
        return { head: reply.positions[channel] ?? since, recovered: reply.recovered };
      },
    });
    this.#channels.set(channel, added);
    added.answered({ head, recovered: recovered ?? true });
  }

  /** A heartbeat says where the channels stand. */
  expect({ epoch, positions }: Positions): void {
    if (epoch !== this.#epoch) return;
    for (const [name, head] of Object.entries(positions)) this.#channels.get(name)?.expect(head);
  }

  /** Takes in a message, as often and in whichever order it comes. */
  accept(message: ReceivedMessage): void {
    if (message.epoch !== this.#epoch) return;
    const channel = this.#channels.get(message.channel);
    if (channel) channel.accept(message);
    else if (this.#strays.push(message) > MAX_STRAYS) this.#strays.shift();
  }

  /** The connection is lost: nothing is asked for until the next reply. */
  pause(): void {
    for (const channel of this.#channels.values()) channel.pause();
  }

  /** Delivers nothing any more. */
  stop(): void {
    for (const channel of this.#channels.values()) channel.stop();
    this.#channels.clear();
    this.#strays = [];
  }
}
