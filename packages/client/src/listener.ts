import { ChangeQueue } from './change-queue.ts';
import type { Role } from './connection-manager.ts';
import { Emitter } from './emitter.ts';
import { hasCode } from './errors.ts';
import type { ReceivedSoFar } from './message-receiver.ts';
import { type OpenOptions, openAsListener } from './open.ts';
import { type ConnectOptions, Participant, type ParticipantEvents } from './participant.ts';
import { listenerTiming } from './timing.ts';
import { CLOSE, type Transport } from './transport.ts';
import type { JoinedSession, Place } from './types.ts';

export interface JoinOptions extends ConnectOptions {
  /** As heard or typed; case, spaces and missing hyphens are forgiven. */
  readonly sessionId: string;
  /** What to hear: a language code such as `es`. */
  readonly targetLanguage: string;
  /** From a link or a QR code: a listener who joins with it is not held up by the limit on guesses. */
  readonly joinKey?: string | undefined;
  /** How many of the last messages of each channel to begin with, as far as they are still held: at most 100. */
  readonly rewind?: number | undefined;
}

export interface ListenerEvents<Data> extends ParticipantEvents<Data> {
  /** The speaker of a scheduled session has come. */
  started: undefined;
  /** The speaker's connection is lost; the session waits so long (if that is known), and then goes on or ends. */
  interrupted: { readonly graceSeconds: number | undefined };
  /** The speaker is back. */
  resumed: undefined;
  /** This listener hears another language from now on. */
  languageChanged: { readonly targetLanguage: string };
}

/** How long a change of language waits for a lost connection. */
const CHANGE_TIMEOUT_MS = 20_000;

/** The service takes one change a second. */
const LANGUAGE_SPACING_MS = 1100;

/** The place of a listener. */
class ListenerRole implements Role<JoinedSession> {
  readonly repeatsOnOpenConnection = true;
  readonly failedStartCloseCode = CLOSE.goodbye;
  readonly #open: OpenOptions;
  readonly #joinKey: string | undefined;
  readonly #rewind: number | undefined;
  readonly #onLanguage: (targetLanguage: string) => void;
  /** As it was typed at first; then as the service writes it. */
  sessionId: string;
  sourceLanguage = '';
  startsAt: number | undefined;
  #targetLanguage: string;
  #place: string | undefined;

  constructor(
    open: OpenOptions,
    { sessionId, targetLanguage, joinKey, rewind }: JoinOptions,
    onLanguage: (code: string) => void,
  ) {
    this.#open = open;
    this.#joinKey = joinKey;
    this.#rewind = rewind;
    this.#onLanguage = onLanguage;
    this.sessionId = sessionId;
    this.#targetLanguage = targetLanguage;
  }

  get targetLanguage(): string {
    return this.#targetLanguage;
  }

  /** Takes what the service says, which may be another language than the one that was asked for last. */
  hear(targetLanguage: string): void {
    if (targetLanguage === this.#targetLanguage) return;
    this.#targetLanguage = targetLanguage;
    this.#onLanguage(targetLanguage);
  }

  open(signal: AbortSignal): Promise<Transport> {
    return openAsListener({ ...this.#open, signal });
  }

  async enter(transport: Transport, received?: ReceivedSoFar): Promise<JoinedSession> {
    const { sessionId, targetLanguage } = this;
    const joinKey = this.#joinKey;
    const rewind = this.#rewind;
    const joined = await transport.request({
      action: 'joinSession',
      sessionId,
      targetLanguage,
      ...(joinKey !== undefined && { joinKey }),
      ...(received ?? (rewind !== undefined && { rewind })),
    });
    this.sessionId = joined.sessionId;
    this.sourceLanguage = joined.sourceLanguage;
    this.startsAt = joined.startsAt;
    this.#place = joined.place;
    this.hear(joined.targetLanguage);
    return joined;
  }

  /** Moves the place, so that no count changes and a full session stays open; if it is gone, takes another one. */
  async resume(
    transport: Transport,
    previousConnectionId: string,
    received: ReceivedSoFar | undefined,
  ): Promise<Place> {
    // The place was gone when this was asked last.
    if (this.#place === undefined) return this.enter(transport, received);
    try {
      const { sessionId, targetLanguage } = this;
      const moved = await transport.request({
        action: 'refreshConnection',
        sessionId,
        role: 'listener',
        previousConnectionId,
        targetLanguage,
        place: this.#place,
        ...received,
      });
      this.#place = moved.place ?? this.#place;
      this.hear(moved.targetLanguage ?? targetLanguage);
      return moved;
    } catch (error) {
      if (!hasCode(error, 'NOT_IN_SESSION')) throw error;
      this.#place = undefined;
      return this.enter(transport, received);
    }
  }
}

/** A listener in a session. Reconnects, heartbeats and refreshes by itself, until the session ends or is left. */
export class Listener<Data = unknown> extends Participant<Data, ListenerEvents<Data>, JoinedSession> {
  readonly #role: ListenerRole;
  readonly #changes: ChangeQueue<string, void>;

  /** @internal */
  constructor(options: JoinOptions) {
    const emitter = new Emitter<ListenerEvents<Data>>();
    let created: ListenerRole | undefined;
    super(emitter, {
      options,
      timing: listenerTiming,
      rewind: options.rewind,
      role: (open) => {
        created = new ListenerRole(open, options, (targetLanguage) =>
          emitter.emit('languageChanged', { targetLanguage }),
        );
        return created;
      },
      events: {
        onStarted: () => emitter.emit('started', undefined),
        onInterrupted: (graceSeconds) => emitter.emit('interrupted', { graceSeconds }),
        onResumed: () => emitter.emit('resumed', undefined),
      },
    });
    this.#role = created as unknown as ListenerRole;
    this.#changes = new ChangeQueue({
      ...this.manager.pace,
      spacingMs: LANGUAGE_SPACING_MS,
      merge: (_earlier, later) => later,
      send: (targetLanguage) => this.#changeLanguage(targetLanguage),
    });
  }

  /**
   * Joins; events tell of every attempt and every wait until then. May be called twice.
   * @returns this listener, in the session
   * @throws {SessionsError} by code: `SESSION_NOT_FOUND`, `SESSION_FULL`, `NOT_STARTED`, `CONNECTION_FAILED`, …;
   *   `SESSION_OVER`: it was left before
   */
  async join(): Promise<this> {
    await this.manager.start();
    return this;
  }

  /** In its one written form. */
  get sessionId(): string {
    return this.#role.sessionId;
  }

  /** What the speaker speaks. */
  get sourceLanguage(): string {
    return this.#role.sourceLanguage;
  }

  /** Of a scheduled session: when it is to start, epoch milliseconds of the service's clock. */
  get startsAt(): number | undefined {
    return this.#role.startsAt;
  }

  /** What this listener hears. */
  get targetLanguage(): string {
    return this.#role.targetLanguage;
  }

  /**
   * Hears another language from now on, in the same place and on the same connection: messages of the last one stop, and
   * those of the new one begin, when the promise resolves. Waits for an earlier change, and
   * for a reconnect that is under way; of several that wait, the last one is made.
   * @throws {SessionsError} the language is not offered, or no connection came in time; then nothing has changed
   */
  changeLanguage(targetLanguage: string): Promise<void> {
    return this.#changes.add(targetLanguage);
  }

  async #changeLanguage(targetLanguage: string): Promise<void> {
    const changed = await this.manager.perform(
      (transport) => transport.request({ action: 'changeLanguage', targetLanguage }),
      CHANGE_TIMEOUT_MS,
    );
    this.#role.hear(changed.targetLanguage);
    this.manager.report(changed);
    this.manager.follow(changed);
  }

  /** Leaves the session; resolves when the connection is closed. May be called twice. */
  leave(): Promise<void> {
    return this.manager.finish('left');
  }

  /** What may be shown. */
  toJSON(): object {
    const { state, sessionId, sourceLanguage, targetLanguage } = this;
    return { state, sessionId, sourceLanguage, targetLanguage };
  }
}

/**
 * Makes a listener that has not joined yet, so that an application can show its attempts and waits: `join()` begins.
 * @param Data what publishers publish; nothing checks that
 */
export const createListener = <Data = unknown>(options: JoinOptions): Listener<Data> => new Listener<Data>(options);

/**
 * Joins a session as a listener: `createListener(options).join()`. What may pass is tried again, and waited for as long
 * as the service asks to wait.
 * @param Data what publishers publish; nothing checks that
 * @throws {SessionsError} as of `Listener.join`
 */
export const joinAsListener = <Data = unknown>(options: JoinOptions): Promise<Listener<Data>> =>
  createListener<Data>(options).join();
