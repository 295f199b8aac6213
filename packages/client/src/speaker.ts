import { ChangeQueue } from './change-queue.ts';
import type { Role } from './connection-manager.ts';
import { Emitter } from './emitter.ts';
import { sessionOver } from './errors.ts';
import type { ReceivedSoFar } from './message-receiver.ts';
import { type OpenOptions, openAsSpeaker } from './open.ts';
import { type ConnectOptions, Participant, type ParticipantEvents } from './participant.ts';
import { speakerTiming } from './timing.ts';
import type { GetToken } from './token.ts';
import { CLOSE, type Transport } from './transport.ts';
import type {
  BroadcastState,
  CreatedSession,
  Place,
  Publication,
  QualityTier,
  Receipt,
  SessionStatus,
} from './types.ts';
import { createUniqueId } from './unique-id.ts';

export interface SpeakOptions extends ConnectOptions {
  /** Asked for a token for each connection; always of the same user. */
  readonly getToken: GetToken;
  /** What the speaker speaks: a language code (`en`) or a locale (`en-GB`). */
  readonly sourceLanguage: string;
  /** Default `standard`. */
  readonly qualityTier?: QualityTier | undefined;
  /** Goes on in a session of this user that is open, on this or another machine, instead of creating one. */
  readonly resume?: ResumeOptions | undefined;
}

export interface ResumeOptions {
  readonly sessionId: string;
  /** Takes the session from the client that speaks in it; without it that is refused with `SPEAKER_REPLACED`. */
  readonly takeOver?: boolean | undefined;
}

export interface SpeakerEvents<Data> extends ParticipantEvents<Data> {
  /** The session has changed: pushed by the service, or the reply to `getStatus`. */
  status: SessionStatus;
}

/** How long a request waits for a lost connection; a session that cannot be ended by then ends by itself. */
const REQUEST_TIMEOUT_MS = 10_000;

/** The service takes four changes a second. */
const BROADCAST_STATE_SPACING_MS = 300;

/** The place of a speaker. */
class SpeakerRole implements Role<CreatedSession> {
  // The service may have been unable to check this connection's token: only another connection has it checked again.
  readonly repeatsOnOpenConnection = false;
  readonly #open: OpenOptions;
  readonly #options: SpeakOptions;
  readonly #clientId = createUniqueId();
  tokenExpiresAtMs: number | undefined;
  sessionId = '';

  constructor(open: OpenOptions, options: SpeakOptions) {
    this.#open = open;
    this.#options = options;
  }

  /** A goodbye ends the session that may have been created unheard; a resumed one must not end with an attempt. */
  get failedStartCloseCode(): number {
    return this.#options.resume ? CLOSE.abandoned : CLOSE.goodbye;
  }

  async open(signal: AbortSignal, needsFreshToken: boolean): Promise<Transport> {
    const opened = await openAsSpeaker(this.#options.getToken, needsFreshToken, { ...this.#open, signal });
    this.tokenExpiresAtMs = opened.tokenExpiresAtMs;
    return opened.transport;
  }

  async enter(transport: Transport): Promise<CreatedSession> {
    const { sourceLanguage, qualityTier, resume } = this.#options;
    const clientId = this.#clientId;
    if (resume) {
      const { sessionId, takeOver } = resume;
      const moved = await this.#refresh(transport, { sessionId, ...(takeOver && { takeOver }) });
      this.sessionId = moved.sessionId;
      return { ...moved, sourceLanguage, qualityTier: qualityTier ?? 'standard', createdAt: moved.epoch };
    }
    const created = await transport.request({
      action: 'createSession',
      sourceLanguage,
      clientId,
      ...(qualityTier && { qualityTier }),
    });
    this.sessionId = created.sessionId;
    return created;
  }

  resume(transport: Transport, previousConnectionId: string, received: ReceivedSoFar | undefined): Promise<Place> {
    return this.#refresh(transport, { sessionId: this.sessionId, previousConnectionId, ...received });
  }

  #refresh(
    transport: Transport,
    fields: { sessionId: string; previousConnectionId?: string; takeOver?: boolean } & Partial<ReceivedSoFar>,
  ): Promise<Place & Pick<CreatedSession, 'sessionId' | 'joinKey'>> {
    const clientId = this.#clientId;
    return transport.request({ action: 'refreshConnection', role: 'speaker', clientId, ...fields });
  }
}

/** A speaker with a session. Reconnects, heartbeats and refreshes by itself, until the session ends. */
export class Speaker<Data = unknown> extends Participant<Data, SpeakerEvents<Data>, CreatedSession> {
  readonly #role: SpeakerRole;
  readonly #emitter: Emitter<SpeakerEvents<Data>>;
  readonly #changes: ChangeQueue<Partial<BroadcastState>, BroadcastState>;
  #lastPublished: Promise<unknown> = Promise.resolve();
  #created: CreatedSession | undefined;
  #status: SessionStatus | undefined;

  /** @internal */
  constructor(options: SpeakOptions) {
    const emitter = new Emitter<SpeakerEvents<Data>>();
    let created: SpeakerRole | undefined;
    super(emitter, {
      options,
      timing: speakerTiming,
      role: (open) => {
        created = new SpeakerRole(open, options);
        return created;
      },
      events: { onStatus: (status) => void this.#take(status) },
    });
    this.#role = created as unknown as SpeakerRole;
    this.#emitter = emitter;
    this.#changes = new ChangeQueue({
      ...this.manager.pace,
      spacingMs: BROADCAST_STATE_SPACING_MS,
      merge: (earlier, later) => ({ ...earlier, ...defined(later) }),
      send: (change) => this.#setBroadcastState(change),
    });
  }

  /**
   * Opens the session, or resumes one; events tell of every attempt and every wait until then. May be called twice.
   * @returns this speaker, with a session
   * @throws {SessionsError} by code: `TOKEN_EXPIRED`, `TOKEN_REFUSED`, `UNSUPPORTED_LANGUAGE`, `SPEAKER_REPLACED`,
   *   `CONNECTION_FAILED`, …; `SESSION_OVER`: it was ended before
   */
  async start(): Promise<this> {
    this.#created = await this.manager.start();
    return this;
  }

  /** What listeners join with: can be read out and typed. */
  get sessionId(): string {
    return this.#role.sessionId;
  }

  get sourceLanguage(): string {
    return this.#created?.sourceLanguage ?? '';
  }

  get qualityTier(): QualityTier {
    return this.#created?.qualityTier ?? 'standard';
  }

  /** For links and QR codes: a listener who joins with it is not held up by the limit on guesses. */
  get joinKey(): string | undefined {
    return this.#created?.joinKey;
  }

  /** When the session was created: epoch milliseconds of the service's clock; 0: not known yet. */
  get createdAt(): number {
    return this.#created?.createdAt ?? 0;
  }

  /**
   * Asks how the session is now: listeners, languages, duration.
   * @throws {SessionsError} among others `RATE_LIMIT_EXCEEDED`: the service also pushes it when something changes
   */
  async getStatus(): Promise<SessionStatus> {
    const status = await this.#request((transport) => transport.request({ action: 'getSessionStatus' }));
    this.manager.report(status);
    return this.#take(status);
  }

  /**
   * Says what listeners should do with the audio; what is left out stays as it is. Changes that come faster than the
   * service takes them (four a second) are merged.
   * @returns what holds now
   * @throws {SessionsError} nothing was given, or the volume is not from 0 to 1
   */
  setBroadcastState(change: Partial<BroadcastState>): Promise<BroadcastState> {
    return this.#changes.add(change);
  }

  async #setBroadcastState(change: Partial<BroadcastState>): Promise<BroadcastState> {
    const changed = await this.#request((transport) =>
      transport.request({ action: 'setBroadcastState', ...defined(change) }),
    );
    this.manager.report(changed);
    return changed.broadcastState;
  }

  /**
   * Publishes a message to all listeners, or to those of a language: an announcement, a caption typed by hand. Messages
   * are sent one after the other, so that they are numbered in the order of the calls. What was sent and not answered is
   * sent again with the same ID, which does no harm.
   * @returns its offset, and how many connections took it
   * @throws {SessionsError} by code: `MESSAGE_TOO_LARGE` (a client's request may have 4,096 bytes), `NOT_STARTED`,
   *   `UNSUPPORTED_LANGUAGE`, `RATE_LIMIT_EXCEEDED` (wait `retryAfterSeconds`), …; publishing it again with the same `id` is
   *   harmless
   */
  publish({ to, name, data, id = createUniqueId() }: Publication): Promise<Receipt> {
    const publication = { action: 'publish', to, ...(name !== undefined && { name }), data, id } as const;
    const published = this.#lastPublished
      .then(() => this.#request((transport) => transport.request(publication)))
      .then(receiptOf);
    this.#lastPublished = published.catch(() => {});
    return published;
  }

  /**
   * Ends the session for everybody; resolves when it is over. May be called twice. Without a connection that can be
   * made again soon, it stops reconnecting, and the session ends when the service's grace period does.
   */
  async end(): Promise<void> {
    if (this.manager.isOver) return;
    // Not created yet, or no answer: the goodbye ends the session as well.
    const ended = this.#created && this.#request((transport) => transport.request({ action: 'endSession' }));
    const reason = await ended?.then(
      (reply) => reply.reason,
      () => undefined,
    );
    await this.manager.finish(reason ?? 'speakerLeft');
  }

  #request<Reply>(request: (transport: Transport) => Promise<Reply>): Promise<Reply> {
    if (this.manager.isOver) return Promise.reject(sessionOver());
    return this.manager.perform(request, REQUEST_TIMEOUT_MS);
  }

  /** Keeps the status with the latest time. @returns it */
  #take(message: SessionStatus): SessionStatus {
    if (this.#status && message.timestamp < this.#status.timestamp) return this.#status;
    const status = statusOf(message);
    this.#status = status;
    this.#emitter.emit('status', status);
    return status;
  }

  /** What may be shown. */
  toJSON(): object {
    const { state, sessionId, sourceLanguage, qualityTier } = this;
    return { state, sessionId, sourceLanguage, qualityTier };
  }
}

function statusOf(message: SessionStatus): SessionStatus {
  const { sessionId, state, revision, broadcastState, listenerCount, listenersByLanguage } = message;
  const { createdAt, expiresAt, durationSeconds, timestamp } = message;
  return {
    sessionId,
    state,
    revision,
    broadcastState,
    listenerCount,
    listenersByLanguage,
    createdAt,
    expiresAt,
    durationSeconds,
    timestamp,
  };
}

function receiptOf({ channel, epoch, offset, repeated, delivered, gone, failed }: Receipt): Receipt {
  return { channel, epoch, offset, repeated, delivered, gone, failed };
}

/** Only the fields that were given, since the service takes a field for a change of it. */
const defined = ({ paused, muted, volume }: Partial<BroadcastState>): Partial<BroadcastState> => ({
  ...(paused !== undefined && { paused }),
  ...(muted !== undefined && { muted }),
  ...(volume !== undefined && { volume }),
});

/** Makes a speaker without a session yet, so that an application can show its attempts and waits: `start()` begins. */
export const createSpeaker = <Data = unknown>(options: SpeakOptions): Speaker<Data> => new Speaker<Data>(options);

/**
 * Opens a session as its speaker, or resumes one: `createSpeaker(options).start()`. What may pass is tried again, and
 * waited for as long as the service asks to wait.
 * @throws {SessionsError} as of `Speaker.start`
 */
export const connectSpeaker = <Data = unknown>(options: SpeakOptions): Promise<Speaker<Data>> =>
  createSpeaker<Data>(options).start();
