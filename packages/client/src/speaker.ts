import { Emitter } from './emitter.ts';
import { ConnectionFailedError, SessionsError, sessionOver } from './errors.ts';
import type { Role } from './keeper.ts';
import { type OpenOptions, openAsSpeaker } from './open.ts';
import { type ConnectOptions, Participant, type ParticipantEvents } from './participant.ts';
import { speakerTiming } from './timing.ts';
import type { GetToken } from './token.ts';
import type { Transport } from './transport.ts';
import type { CreatedSession, Place, QualityTier, SessionStatus } from './types.ts';

export interface SpeakOptions extends ConnectOptions {
  /** Asked for a token for each connection; always of the same user. */
  readonly getToken: GetToken;
  /** What the speaker speaks: a language code (`en`) or a locale (`en-GB`). */
  readonly sourceLanguage: string;
  /** Default `standard`. */
  readonly qualityTier?: QualityTier | undefined;
}

export interface SpeakerEvents<Message> extends ParticipantEvents<Message> {
  /** The session has changed: pushed by the service, or the reply to `getStatus`. */
  status: SessionStatus;
}

/** How long `end()` waits for a lost connection; after that the session ends by itself. */
const END_TIMEOUT_MS = 10_000;

/** The place of a speaker. */
class SpeakerRole implements Role<CreatedSession> {
  readonly #open: OpenOptions;
  readonly #options: SpeakOptions;
  sessionId = '';

  constructor(open: OpenOptions, options: SpeakOptions) {
    this.#open = open;
    this.#options = options;
  }

  open(signal: AbortSignal): Promise<Transport> {
    return openAsSpeaker(this.#options.getToken, { ...this.#open, signal });
  }

  enter(transport: Transport): Promise<CreatedSession> {
    const { sourceLanguage, qualityTier } = this.#options;
    return transport.request({ action: 'createSession', sourceLanguage, ...(qualityTier && { qualityTier }) });
  }

  resume(transport: Transport, previousConnectionId: string): Promise<Place> {
    const { sessionId } = this;
    return transport.request({ action: 'refreshConnection', sessionId, role: 'speaker', previousConnectionId });
  }
}

/** A speaker with a session. Reconnects, heartbeats and refreshes by itself, until the session ends. */
export class Speaker<Message = unknown> extends Participant<Message, SpeakerEvents<Message>, CreatedSession> {
  readonly #role: SpeakerRole;
  readonly #emitter: Emitter<SpeakerEvents<Message>>;
  #created: CreatedSession | undefined;
  #statusAt = 0;

  private constructor(options: SpeakOptions) {
    const emitter = new Emitter<SpeakerEvents<Message>>();
    let created: SpeakerRole | undefined;
    super(emitter, {
      options,
      timing: speakerTiming,
      role: (open) => {
        created = new SpeakerRole(open, options);
        return created;
      },
      events: { onStatus: (status) => this.#tell(status) },
    });
    this.#role = created as unknown as SpeakerRole;
    this.#emitter = emitter;
  }

  /** @internal */
  static async connect<Message>(options: SpeakOptions): Promise<Speaker<Message>> {
    const speaker = new Speaker<Message>(options);
    speaker.#created = await speaker.keeper.start();
    speaker.#role.sessionId = speaker.#created.sessionId;
    return speaker;
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

  /** When the session was created: epoch milliseconds of the service's clock. */
  get createdAt(): number {
    return this.#created?.createdAt ?? 0;
  }

  /**
   * How the session is now: listeners, languages, duration.
   * @throws {SessionsError} among others `RATE_LIMIT_EXCEEDED`: the service also pushes it when something changes
   */
  async getStatus(): Promise<SessionStatus> {
    const { transport, isOver } = this.keeper;
    if (isOver || !transport) {
      if (isOver) throw sessionOver();
      await this.keeper.nextConnection(END_TIMEOUT_MS);
    }
    const current = this.keeper.transport;
    if (!current) throw sessionOver();
    const status = statusOf(await current.request({ action: 'getSessionStatus' }));
    this.#tell(status);
    return status;
  }

  /**
   * Ends the session for everybody; resolves when it is over. May be called twice. Without a connection that can be
   * made again soon, it stops reconnecting, and the session ends when the service's grace period does.
   */
  async end(): Promise<void> {
    while (!this.keeper.isOver) {
      const { transport } = this.keeper;
      if (!transport) {
        await this.keeper.nextConnection(END_TIMEOUT_MS);
        if (!this.keeper.transport) break;
        continue;
      }
      try {
        const { reason } = await transport.request({ action: 'endSession' });
        return await this.keeper.finish(reason);
      } catch (error) {
        // Lost on the way, or moved to the next connection at this moment: once more, there.
        const mayPass =
          error instanceof ConnectionFailedError || (error instanceof SessionsError && error.code === 'FORBIDDEN');
        if (!mayPass) break;
        if (this.keeper.transport === transport) await this.keeper.nextConnection(END_TIMEOUT_MS);
        if (this.keeper.transport === transport) break;
      }
    }
    // The goodbye ends the session as well.
    await this.keeper.finish('speakerLeft');
  }

  #tell(status: SessionStatus): void {
    // Of two, the one with the later time is true.
    if (status.timestamp < this.#statusAt) return;
    this.#statusAt = status.timestamp;
    this.#emitter.emit('status', statusOf(status));
  }

  /** What may be shown. */
  toJSON(): object {
    const { state, sessionId, sourceLanguage, qualityTier } = this;
    return { state, sessionId, sourceLanguage, qualityTier };
  }
}

function statusOf(message: SessionStatus): SessionStatus {
  const { sessionId, state, listenerCount, listenersByLanguage, createdAt, expiresAt, durationSeconds, timestamp } =
    message;
  return { sessionId, state, listenerCount, listenersByLanguage, createdAt, expiresAt, durationSeconds, timestamp };
}

/**
 * Opens a session as its speaker.
 * @returns a speaker with a session; what may pass was tried again for `timing.connectTimeoutMs`
 * @throws {SessionsError} by code: `TOKEN_EXPIRED`, `TOKEN_REFUSED`, `UNSUPPORTED_LANGUAGE`, `CONNECTION_FAILED`, …
 */
export const connectSpeaker = <Message = unknown>(options: SpeakOptions): Promise<Speaker<Message>> =>
  Speaker.connect<Message>(options);
