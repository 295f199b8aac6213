import type { ServerMessageOf } from '@sessions/core/protocol';

export type LoggedMessage = ServerMessageOf<'message'>;

export interface Published {
  readonly to: string;
  readonly name?: string | undefined;
  readonly data: unknown;
  readonly id?: string | undefined;
}

/** What was published in one session, by channel, as far as the service still holds it. */
export class ScriptedLog {
  readonly #epoch: number;
  readonly #nowMs: () => number;
  readonly #heads = new Map<string, number>();
  readonly #ids = new Map<string, LoggedMessage>();
  #held: LoggedMessage[] = [];

  constructor(epoch: number, nowMs: () => number) {
    this.#epoch = epoch;
    this.#nowMs = nowMs;
  }

  append({ to: channel, name, data, id }: Published): { readonly message: LoggedMessage; readonly repeated: boolean } {
    const known = id === undefined ? undefined : this.#ids.get(`${channel} ${id}`);
    if (known) return { message: known, repeated: true };
    const offset = this.#head(channel) + 1;
    this.#heads.set(channel, offset);
    const message: LoggedMessage = {
      type: 'message',
      channel,
      epoch: this.#epoch,
      offset,
      publishedAt: this.#nowMs(),
      ...(name !== undefined && { name }),
      data,
    };
    this.#held.push(message);
    if (id !== undefined) this.#ids.set(`${channel} ${id}`, message);
    return { message, repeated: false };
  }

  /** Holds the messages of a channel up to this offset no longer. */
  forget(channel: string, upTo: number): void {
    this.#held = this.#held.filter((message) => message.channel !== channel || message.offset > upTo);
  }

  positions(channels: readonly string[]): { epoch: number; positions: Record<string, number> } {
    return {
      epoch: this.#epoch,
      positions: Object.fromEntries(channels.map((channel) => [channel, this.#head(channel)])),
    };
  }

  /** What a connection that follows these channels has missed, in order, and whether that is all of it. */
  missed(
    channels: readonly string[],
    { epoch, since }: { readonly epoch?: number | undefined; readonly since: Readonly<Record<string, number>> },
  ): { readonly recovered: boolean; readonly messages: readonly LoggedMessage[] } {
    const isSame = epoch === this.#epoch;
    const after = (channel: string) => (isSame ? (since[channel] ?? this.#head(channel)) : 0);
    const messages = channels.flatMap((name) =>
      this.#held.filter(({ channel, offset }) => channel === name && offset > after(name)),
    );
    const count = channels.reduce((sum, channel) => sum + Math.max(0, this.#head(channel) - after(channel)), 0);
    return { recovered: isSame && messages.length === count, messages };
  }

  /** The last messages of each channel. */
  last(channels: readonly string[], count: number): ReturnType<ScriptedLog['missed']> {
    const since = Object.fromEntries(
      channels.map((channel) => [channel, Math.max(0, this.#head(channel) - count)] as const),
    );
    return this.missed(channels, { epoch: this.#epoch, since });
  }

  #head(channel: string): number {
    return this.#heads.get(channel) ?? 0;
  }
}
