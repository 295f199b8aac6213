import type { Clock } from './clock.ts';
import type { SessionsError } from './errors.ts';
import type { ReceivedMessage } from './types.ts';

/** What the service answers when it is asked for what is missing of a channel. */
export interface ChannelRecovery {
  /** The offset of the channel's last message, as of the answer. */
  readonly head: number;
  /** Whether everything up to `head` was still held, and follows; false: only the last part of it does. */
  readonly recovered: boolean;
}

export interface ChannelReceiverOptions {
  /** The offset after which messages are delivered. */
  readonly position: number;
  /** This machine's: what is waited for is the network's and the service's work. */
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly onMessage: (message: ReceivedMessage) => void;
  /** The messages of these offsets, both included, will not come any more. */
  readonly onLost: (from: number, to: number) => void;
  /** Asks the service to send what came after an offset. Rejects while there is no connection. */
  readonly recover: (since: number) => Promise<ChannelRecovery>;
}

/**
 * How long a message that came too early is held before the missing one is asked for; up to twice that by chance, since
 * all listeners of a channel may miss the same one. A fan-out to 500 listeners takes 0.1 to 0.2 s, and one to 2,000 up to
 * 0.6 s: what is merely overtaken comes within that time, and a caption that is later by so much is still in time.
 */
const HOLD_MS = 300;

/**
 * How long a message is waited for that only a heartbeat has told of. It was logged before its fan-out began, which may
 * take seconds: asking sooner would double the posts of a message that is on its way.
 */
const HEAD_HOLD_MS = 2500;

/** How long a replay may take to arrive, or to go on: a cold start of a function, and its retries. */
const REPLAY_WAIT_MS = 4000;

/** How often the same messages are asked for, with growing patience, before they count as lost. */
const MAX_REQUESTS = 3;

/**
 * How often in a row the service may refuse to be asked, while messages that came later wait: then they are delivered,
 * without those before. The service could be unable to answer for hours, and they would be kept for all that time.
 */
const MAX_REFUSALS = 4;

/** The same, of messages that the service does not hold: it may have nothing to send. */
const MAX_REQUESTS_WHEN_LOSSY = 1;

/**
 * Puts the messages of one channel in order, and delivers each once. What comes too early is held; what is missing is
 * asked for; what the service does not hold any more is skipped, and reported.
 */
export class ChannelReceiver {
  readonly #options: ChannelReceiverOptions;
  #position: number;
  /** The highest offset that is known to exist. */
  #head: number;
  readonly #held = new Map<number, ReceivedMessage>();
  #chase: 'none' | 'holding' | 'asking' | 'replaying' = 'none';
  #dueAtMs = 0;
  #cancelTimer = () => {};
  /** How often the service was asked since the last message that was delivered. */
  #requests = 0;
  /** How often in a row it could not be asked. */
  #refusals = 0;
  /** It is not asked again before, whatever comes meanwhile. */
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  /** Names the last request, so that a late answer to an earlier one is known. */
  #request: object | undefined;
  /** The last offset of a replay that begins later than was asked for. */
  #lossyUpTo: number | undefined;
  #isStopped = false;

  constructor(options: ChannelReceiverOptions) {
    this.#options = options;
    this.#position = options.position;
    this.#head = options.position;
  }

  /** The offset of the last message that was delivered. */
  get position(): number {
    return this.#position;
  }

  /** Takes in a message, as often and in whichever order it comes. */
  accept(message: ReceivedMessage): void {
    if (message.offset <= this.#position) return;
    this.#held.set(message.offset, message);
    this.#head = Math.max(this.#head, message.offset);
    const before = this.#position;
    this.#deliver();
    if (!this.#hasGap) this.#rest();
    else if (this.#position > before) this.#goOn();
    else if (this.#chase === 'none' || this.#chase === 'holding') this.#wait('holding', this.#holdMs(), true);
    else this.#endReplayEarly();
  }

  /** A heartbeat says that there are messages up to this offset. */
  expect(head: number): void {
    this.#head = Math.max(this.#head, head);
    if (this.#hasGap && this.#chase === 'none') this.#wait('holding', HEAD_HOLD_MS + this.#holdMs());
  }

  /** The service was asked for what came after the position, and answers; the messages follow. */
  answered({ head, recovered }: ChannelRecovery): void {
    this.#head = Math.max(this.#head, head);
    if (!this.#hasGap) {
      this.#rest();
      return;
    }
    this.#lossyUpTo = recovered ? undefined : head;
    this.#wait('replaying', REPLAY_WAIT_MS * 2 ** Math.max(0, this.#requests - 1));
    this.#endReplayEarly();
  }

  /** Waits for nothing and asks for nothing until `answered` is called: the connection is lost. */
  pause(): void {
    this.#notBeforeMs = Number.NEGATIVE_INFINITY; // the next connection has limits of its own
    this.#rest();
  }

  /** Delivers nothing any more. */
  stop(): void {
    this.#isStopped = true;
    this.#held.clear();
    this.#rest();
  }

  get #hasGap(): boolean {
    return !this.#isStopped && this.#head > this.#position;
  }

  #deliver(): void {
    for (;;) {
      const next = this.#held.get(this.#position + 1);
      // A listener may have stopped this with the message before.
      if (!next || this.#isStopped) return;
      this.#position++;
      this.#held.delete(next.offset);
      this.#options.onMessage(next);
    }
  }

  /** Something was delivered, and something else is missing. */
  #goOn(): void {
    if (this.#chase === 'asking') return;
    this.#requests = 0;
    this.#refusals = 0;
    if (this.#chase === 'replaying') this.#wait('replaying', REPLAY_WAIT_MS);
    else this.#wait('holding', this.#holdMs());
  }

  /**
   * A replay that begins later than was asked for has no sign of its first message. It comes in order: when its last one
   * is here, the others are, unless they are overtaken. A last one alone may have come by itself, and is no such sign.
   */
  #endReplayEarly(): void {
    const last = this.#lossyUpTo;
    if (this.#chase !== 'replaying' || last === undefined) return;
    let first = last + 1;
    while (this.#held.has(first - 1)) first--;
    if (last - first >= 1 && first === this.#firstHeld()) this.#wait('replaying', this.#holdMs(), true);
  }

  #firstHeld(): number | undefined {
    return this.#held.size > 0 ? Math.min(...this.#held.keys()) : undefined;
  }

  #holdMs(): number {
    return HOLD_MS * (1 + this.#options.random());
  }

  /** @param orSooner keeps a wait that is over before */
  #wait(chase: 'holding' | 'replaying', delayMs: number, orSooner = false): void {
    const { clock } = this.#options;
    const nowMs = clock.nowMs();
    const dueAtMs = Math.max(nowMs + delayMs, chase === 'holding' ? this.#notBeforeMs : 0);
    if (orSooner && this.#chase === chase && this.#dueAtMs <= dueAtMs) return;
    this.#cancelTimer();
    this.#chase = chase;
    this.#dueAtMs = dueAtMs;
    this.#cancelTimer = clock.setTimer(() => this.#overdue(), dueAtMs - nowMs);
  }

  #rest(): void {
    this.#cancelTimer();
    this.#chase = 'none';
    this.#requests = 0;
    this.#refusals = 0;
    this.#lossyUpTo = undefined;
  }

  #overdue(): void {
    const isLossy = this.#lossyUpTo !== undefined;
    const isHopeless = this.#requests >= (isLossy ? MAX_REQUESTS_WHEN_LOSSY : MAX_REQUESTS);
    const isRefused = this.#refusals >= MAX_REFUSALS && this.#held.size > 0;
    if (isRefused || (this.#chase === 'replaying' && (isHopeless || (isLossy && this.#held.size > 0)))) this.#skip();
    else void this.#ask();
  }

  async #ask(): Promise<void> {
    const request = {};
    this.#request = request;
    this.#chase = 'asking';
    // While the answer is on its way, the gap may close, and another one open.
    const isOutdated = () => this.#chase !== 'asking' || this.#request !== request;
    try {
      const recovery = await this.#options.recover(this.#position);
      if (isOutdated()) return;
      this.#requests++;
      this.#refusals = 0;
      this.answered(recovery);
    } catch (error) {
      if (isOutdated()) return;
      this.#refusals++;
      const { retryAfterSeconds } = error as Partial<SessionsError>;
      const waitMs = retryAfterSeconds === undefined ? REPLAY_WAIT_MS : retryAfterSeconds * 1000;
      // All who miss the same message are refused at the same moment, and would come back together.
      const { clock, random } = this.#options;
      this.#notBeforeMs = clock.nowMs() + waitMs * (1 + random());
      this.#wait('holding', 0);
    }
  }

  /** Gives up what is missing before the next message that is here, or before what is still to come. */
  #skip(): void {
    const from = this.#position + 1;
    const to = (this.#firstHeld() ?? this.#head + 1) - 1;
    this.#position = to;
    this.#rest();
    this.#options.onLost(from, to);
    this.#deliver();
    if (this.#hasGap) this.#wait('holding', this.#holdMs());
  }
}
