import type { Receipt } from '@sessions/core/protocol';

/** A message to publish. */
export interface Publication {
  readonly sessionId: string;
  /** A target language (`es`), `all`, or `speaker`. */
  readonly to: string;
  /** What kind of message this is, in the application's words; at most 64 characters. */
  readonly name?: string;
  /** The application's own: any JSON value. The message as it is sent has at most 32,768 bytes. */
  readonly data: unknown;
  /**
   * Names the message, so that a repetition keeps its place in the channel; at most 64 characters. Default: a new one.
   * The service remembers the last 64 IDs of a channel, and those of the last minute, 256 at most.
   */
  readonly id?: string;
}

/** A publication that has its ID. */
export type IdentifiedPublication = Publication & { readonly id: string };

/**
 * One way to the service. It makes one attempt.
 * @throws {PublishError} the service refused, or did not answer
 */
export type Entrance = (publication: IdentifiedPublication, signal: AbortSignal) => Promise<Receipt>;

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** Credentials, or a provider that is asked before each attempt, and keeps them as long as they are valid. */
export type CredentialSource = Credentials | (() => Promise<Credentials>);
