import { type Clock, platformClock } from './clock.ts';
import { type ConnectionEvents, ConnectionManager, type Role } from './connection-manager.ts';
import type { Emitter } from './emitter.ts';
import { MessageStream } from './message-stream.ts';
import { type NetworkEvents, platformNetworkEvents } from './network.ts';
import type { OpenOptions } from './open.ts';
import { ServiceClock } from './service-clock.ts';
import type { State, StateChange } from './states.ts';
import type { Timing } from './timing.ts';
import type { BroadcastState, Connecting, MessagesLost, OverReason, Place, ReceivedMessage, Retry } from './types.ts';
import { type WebSocketClass, webSocketClass } from './web-socket.ts';

/** What speakers and listeners are connected with. */
export interface ConnectOptions {
  /** Of the service: `wss://<api>/<stage>`. */
  readonly url: string;
  /**
   * Ends it at once when aborted, whatever it is doing; a speaker's session ends with it. While the first connection is
   * being made, the promise rejects with the signal's reason.
   */
  readonly signal?: AbortSignal | undefined;
  /** Default: the platform's. Node.js 20 has none: hand in the class of the package `ws`. */
  readonly WebSocket?: WebSocketClass | undefined;
  /** How patient to be; each with a default. */
  readonly timing?: Partial<Timing> | undefined;
  /** For tests: also the service's, whatever a local stack says. Default: the platform's. */
  readonly clock?: Clock | undefined;
  /** For tests: from 0 to below 1. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** For tests: what tells about the network and the page. Default: `globalThis` and `document`, where they do. */
  readonly network?: NetworkEvents | undefined;
}

/** Events of speakers and listeners alike. */
export interface ParticipantEvents<Data> {
  statechange: StateChange;
  /** What was published to a channel that this client follows: each message once, in order by channel. */
  message: ReceivedMessage<Data>;
  /** This client was away for longer than messages are held. What comes after them comes as `message`. */
  messagesLost: MessagesLost;
  /**
   * Something that the service does not send, decoded if it is JSON: a backend posted it to the connection itself, past
   * the log. It has no order, may come twice, and is not sent again.
   */
  frame: unknown;
  /** An attempt begins to join, to come back, or to move to a fresh connection. */
  connecting: Connecting;
  /** An attempt failed or was asked to wait, and the next one comes after a wait. Nothing needs to be done. */
  retry: Retry;
  /** The speaker wants the audio paused, muted or louder, or not any more. */
  broadcastStateChanged: BroadcastState;
  /** It is over, as it should be. */
  ended: { readonly reason: OverReason };
  /** It is over, because of an error that trying again cannot mend. */
  failed: { readonly error: Error };
}

/** Of the connection that there is now. Local times, epoch milliseconds. */
export interface ConnectionTimes {
  readonly openedAt: number;
  /** When the platform closes it; known from the first heartbeat on. */
  readonly expiresAt: number | undefined;
  /** When it is refreshed at the latest; the service usually asks for it earlier. */
  readonly refreshAt: number | undefined;
}

/** @internal */
export interface ParticipantSetup<Entered extends Place> {
  readonly options: ConnectOptions;
  readonly timing: Timing;
  readonly role: (open: OpenOptions) => Role<Entered>;
  readonly rewind?: number | undefined;
  readonly events: Partial<Pick<ConnectionEvents, 'onStarted' | 'onInterrupted' | 'onResumed' | 'onStatus'>>;
}

/** Messages that came before one was asked for: between the reply to a join and the line after its `await`. */
const MAX_EARLY = 100;

/** What speakers and listeners have in common. */
export class Participant<Data, Events extends ParticipantEvents<Data>, Entered extends Place> {
  readonly #manager: ConnectionManager<Entered>;
  readonly #emitter: Emitter<Events>;
  /** The same, for the events that all participants have. */
  readonly #events: Emitter<ParticipantEvents<Data>>;
  readonly #streams = new Set<MessageStream<ReceivedMessage<Data>>>();
  #early: ReceivedMessage<Data>[] | undefined = [];
  #over: Parameters<ConnectionEvents['onOver']>[0] | undefined;

  /** @internal */
  protected constructor(
    emitter: Emitter<Events>,
    { options, timing, role, rewind, events }: ParticipantSetup<Entered>,
  ) {
    const { clock = platformClock, random = Math.random, network = platformNetworkEvents(), signal, url } = options;
    this.#emitter = emitter;
    this.#events = emitter as unknown as Emitter<ParticipantEvents<Data>>;
    const patience = { ...timing, ...options.timing };
    const WebSocket = webSocketClass(options.WebSocket);
    const serviceClock = new ServiceClock(clock);
    const followsLocalTime = options.clock === undefined;
    const open = { url, WebSocket, clock, serviceClock, followsLocalTime, timeoutMs: patience.requestTimeoutMs };
    this.#manager = new ConnectionManager({
      role: role({ ...open, signal: new AbortController().signal }),
      timing: patience,
      clock,
      serviceClock,
      random,
      network,
      rewind,
      events: {
        onState: (change) => this.#events.emit('statechange', change),
        onMessage: (message) => this.#message(message as ReceivedMessage<Data>),
        onMessagesLost: (lost) => this.#events.emit('messagesLost', lost),
        onFrame: (frame) => this.#events.emit('frame', frame),
        onConnecting: (connecting) => this.#events.emit('connecting', connecting),
        onRetry: (retry) => this.#events.emit('retry', retry),
        onBroadcastState: (broadcastState) => this.#events.emit('broadcastStateChanged', broadcastState),
        onStarted: () => {},
        onInterrupted: () => {},
        onResumed: () => {},
        onStatus: () => {},
        ...events,
        onOver: (over) => {
          signal?.removeEventListener('abort', abort);
          this.#finish(over);
        },
      },
    });
    const abort = () => this.#manager.abort(signal?.reason);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort);
  }

  /** @internal */
  protected get manager(): ConnectionManager<Entered> {
    return this.#manager;
  }

  get state(): State {
    return this.#manager.state;
  }

  /** What the speaker wants listeners to do with the audio. */
  get broadcastState(): BroadcastState {
    return this.#manager.broadcastState;
  }

  /** Absent while there is no connection. */
  get connection(): ConnectionTimes | undefined {
    const { transport, refreshClock } = this.#manager;
    if (!transport) return undefined;
    return {
      openedAt: transport.openedAtMs,
      expiresAt: this.#manager.localTimeMs(refreshClock?.expiresAtMs),
      refreshAt: this.#manager.localTimeMs(refreshClock?.dueAtMs),
    };
  }

  /**
   * Calls on every event of that name.
   * @returns stops that; may be called twice
   */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void {
    const off = this.#emitter.on(name, listener);
    if (name === 'message') for (const message of this.#takeEarly()) this.#events.emit('message', message);
    return off;
  }

  /**
   * The messages from now on, as of the event `message`: `for await (const { data } of listener.messages())`. Every call
   * gives an iterator of its own. It is done when the session has ended or was left, and throws what it failed with.
   */
  messages(): AsyncIterableIterator<ReceivedMessage<Data>> {
    const stream = new MessageStream<ReceivedMessage<Data>>((finished) => this.#streams.delete(finished));
    for (const message of this.#takeEarly()) stream.push(message);
    if (this.#over) stream.finish('error' in this.#over ? this.#over.error : undefined);
    else this.#streams.add(stream);
    return stream;
  }

  #takeEarly(): ReceivedMessage<Data>[] {
    const early = this.#early ?? [];
    this.#early = undefined;
    return early;
  }

  #message(message: ReceivedMessage<Data>): void {
    if (this.#early) {
      if (this.#early.push(message) > MAX_EARLY) this.#early.shift();
      return;
    }
    for (const stream of this.#streams) stream.push(message);
    this.#events.emit('message', message);
  }

  #finish(over: Parameters<ConnectionEvents['onOver']>[0]): void {
    this.#over = over;
    const isFailure = 'error' in over;
    for (const stream of this.#streams) stream.finish(isFailure ? over.error : undefined);
    this.#streams.clear();
    if (isFailure) this.#events.emit('failed', over);
    else this.#events.emit('ended', over);
  }
}
