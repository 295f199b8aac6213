import { Emitter } from './emitter.ts';
import { SessionsError, sessionOver } from './errors.ts';
import type { Role } from './keeper.ts';
import { type OpenOptions, openAsListener } from './open.ts';
import { type ConnectOptions, Participant, type ParticipantEvents } from './participant.ts';
import { listenerTiming } from './timing.ts';
import type { Transport } from './transport.ts';
import type { JoinedSession, Place } from './types.ts';

export interface JoinOptions extends ConnectOptions {
  /** As heard or typed; case, spaces and missing hyphens are forgiven. */
  readonly sessionId: string;
  /** What to hear: a language code such as `es`. */
  readonly targetLanguage: string;
}

export interface ListenerEvents<Message> extends ParticipantEvents<Message> {
  /** The speaker's connection is lost; the session waits so long, and then goes on or ends. */
  interrupted: { readonly graceSeconds: number };
  /** The speaker is back. */
  resumed: undefined;
}

/** The place of a listener. */
class ListenerRole implements Role<JoinedSession> {
  readonly #open: OpenOptions;
  /** As it was typed at first; then as the service writes it. */
  sessionId: string;
  targetLanguage: string;

  constructor(open: OpenOptions, { sessionId, targetLanguage }: JoinOptions) {
    this.#open = open;
    this.sessionId = sessionId;
    this.targetLanguage = targetLanguage;
  }

  open(signal: AbortSignal): Promise<Transport> {
    return openAsListener({ ...this.#open, signal });
  }

  enter(transport: Transport, targetLanguage = this.targetLanguage): Promise<JoinedSession> {
    return transport.request({ action: 'joinSession', sessionId: this.sessionId, targetLanguage });
  }

  /** The place moves, so that no count changes and a full session stays open; if it is gone, another one is taken. */
  async resume(transport: Transport, previousConnectionId: string): Promise<Place> {
    const { sessionId } = this;
    try {
      return await transport.request({
        action: 'refreshConnection',
        sessionId,
        role: 'listener',
        previousConnectionId,
      });
    } catch (error) {
      if (!(error instanceof SessionsError && error.code === 'NOT_IN_SESSION')) throw error;
      return this.enter(transport);
    }
  }
}

/** A listener in a session. Reconnects, heartbeats and refreshes by itself, until the session ends or is left. */
export class Listener<Message = unknown> extends Participant<Message, ListenerEvents<Message>, JoinedSession> {
  readonly #role: ListenerRole;
  #sourceLanguage = '';

  private constructor(options: JoinOptions) {
    const emitter = new Emitter<ListenerEvents<Message>>();
    let created: ListenerRole | undefined;
    super(emitter, {
      options,
      timing: listenerTiming,
      role: (open) => {
        created = new ListenerRole(open, options);
        return created;
      },
      events: {
        onInterrupted: (graceSeconds) => emitter.emit('interrupted', { graceSeconds }),
        onResumed: () => emitter.emit('resumed', undefined),
      },
    });
    this.#role = created as unknown as ListenerRole;
  }

  /** @internal */
  static async join<Message>(options: JoinOptions): Promise<Listener<Message>> {
    const listener = new Listener<Message>(options);
    const { sessionId, sourceLanguage, targetLanguage } = await listener.keeper.start();
    listener.#sourceLanguage = sourceLanguage;
    listener.#role.sessionId = sessionId;
    listener.#role.targetLanguage = targetLanguage;
    return listener;
  }

  /** In its one written form. */
  get sessionId(): string {
    return this.#role.sessionId;
  }

  /** What the speaker speaks. */
  get sourceLanguage(): string {
    return this.#sourceLanguage;
  }

  /** What this listener hears. */
  get targetLanguage(): string {
    return this.#role.targetLanguage;
  }

  /**
   * Hears another language from now on. The service has no message for that, so this joins on a new connection and then
   * leaves the old one: until the service has noticed, the session counts one listener more. Waits for a refresh or
   * reconnect that is under way.
   * @throws {SessionsError} the language is not offered, or the session is full; then nothing has changed
   */
  async changeLanguage(targetLanguage: string): Promise<void> {
    if (this.keeper.isOver) throw sessionOver();
    await this.keeper
      .moveTo(async (transport) => {
        const joined = await this.#role.enter(transport, targetLanguage);
        this.#role.targetLanguage = joined.targetLanguage;
        return joined;
      }, 'changing the language')
      .catch((error) => {
        throw this.keeper.isOver ? sessionOver() : error;
      });
  }

  /** Leaves the session; resolves when the connection is closed. May be called twice. */
  leave(): Promise<void> {
    return this.keeper.finish('left');
  }

  /** What may be shown. */
  toJSON(): object {
    const { state, sessionId, sourceLanguage, targetLanguage } = this;
    return { state, sessionId, sourceLanguage, targetLanguage };
  }
}

/**
 * Joins a session as a listener.
 * @param Message what the application's messages are; nobody checks that
 * @returns a listener in the session; what may pass was tried again for `timing.connectTimeoutMs`
 * @throws {SessionsError} by code: `SESSION_NOT_FOUND`, `SESSION_FULL`, `UNSUPPORTED_LANGUAGE`, `CONNECTION_FAILED`, …
 */
export const joinAsListener = <Message = unknown>(options: JoinOptions): Promise<Listener<Message>> =>
  Listener.join<Message>(options);
