/** What a client can do with each error. One row per code; the docs and the HTTP statuses come from here. */
export interface ErrorCodeInfo {
  /** The HTTP status of the same refusal at the handshake. */
  readonly httpStatus: 400 | 401 | 403 | 404 | 409 | 413 | 429 | 500 | 503;
  /** Whether sending the same message again, later, can succeed without anything else changing. */
  readonly retryable: boolean;
  readonly cause: string;
  readonly remedy: string;
}

/** Every error code of the protocol. Codes never change their meaning: clients, logs and tests match on them. */
export const errorCodes = {
  INVALID_MESSAGE: {
    httpStatus: 400,
    retryable: false,
    cause: 'The message is not a JSON object, or is larger than the limit.',
    remedy: 'Send one JSON object as a text frame, within the size limit.',
  },
  INVALID_ACTION: {
    httpStatus: 400,
    retryable: false,
    cause: 'The message has no `action`, or one that the service does not know.',
    remedy: 'Use one of the actions that `details` lists.',
  },
  INVALID_PARAMETERS: {
    httpStatus: 400,
    retryable: false,
    cause: 'A field is missing, unknown, or has a value that is not allowed.',
    remedy: 'Correct the fields that `details` names.',
  },
  INVALID_SESSION_ID: {
    httpStatus: 400,
    retryable: false,
    cause: 'The session ID does not have the form adjective-noun-number.',
    remedy: 'Ask for the ID again; it looks like faithful-shepherd-427.',
  },
  INVALID_LANGUAGE: {
    httpStatus: 400,
    retryable: false,
    cause: 'The language is not a language code.',
    remedy: 'Use a code such as en, es or pt-PT.',
  },
  UNSUPPORTED_LANGUAGE: {
    httpStatus: 400,
    retryable: false,
    cause: 'The language exists, but this service cannot hear it (source) or speak it (target).',
    remedy: 'Choose one of the codes that `details` lists.',
  },
  UNAUTHORIZED: {
    httpStatus: 401,
    retryable: false,
    cause: 'The action needs a signed-in speaker, and the connection was opened without a token.',
    remedy: 'Open a new connection with an access token.',
  },
  TOKEN_EXPIRED: {
    httpStatus: 401,
    retryable: false,
    cause: 'The token with which this connection was opened has expired.',
    remedy: 'Refresh the connection: open a new one with a fresh token and send `refreshConnection` on it.',
  },
  SPEAKER_DENIED: {
    httpStatus: 403,
    retryable: false,
    cause: 'An operator has denied this user to speak.',
    remedy: 'Ask the operator of the service.',
  },
  SPEAKER_REPLACED: {
    httpStatus: 403,
    retryable: false,
    cause: 'Another client of the same user speaks in this session.',
    remedy: 'Send `refreshConnection` with `takeOver: true` to take the session from it.',
  },
  FORBIDDEN: {
    httpStatus: 403,
    retryable: false,
    cause: 'The connection may not do this: the session belongs to another user, or its role is not the right one.',
    remedy: 'Use the connection and the user that own the session.',
  },
  SESSION_NOT_FOUND: {
    httpStatus: 404,
    retryable: false,
    cause: 'There is no such session now: it never existed, has ended, or has expired.',
    remedy: 'Check the ID with the speaker.',
  },
  NOT_STARTED: {
    httpStatus: 409,
    retryable: true,
    cause: 'The session is scheduled, and cannot be joined or published to yet.',
    remedy: 'Try again after `retryAfter` seconds; `startsAt` says when it is to start.',
  },
  MESSAGE_TOO_LARGE: {
    httpStatus: 413,
    retryable: false,
    cause: 'The message would be larger, as it is sent, than a message may be.',
    remedy: 'Publish the address (URL) of the data in place of the data, or publish it in parts.',
  },
  TOO_MANY_SCHEDULED: {
    httpStatus: 409,
    retryable: false,
    cause: 'The user has as many scheduled sessions as a user may have.',
    remedy: 'End one that is no longer needed.',
  },
  SESSION_FULL: {
    httpStatus: 429,
    retryable: true,
    cause: 'The session has as many listeners as it may have.',
    remedy: 'Try again when somebody has left.',
  },
  ALREADY_IN_SESSION: {
    httpStatus: 400,
    retryable: false,
    cause: 'The connection already has a role, in this session or in another one.',
    remedy: 'Open a new connection for another session or another language.',
  },
  NOT_IN_SESSION: {
    httpStatus: 400,
    retryable: false,
    cause: 'The connection has no role in a session, or no longer has one.',
    remedy: 'Create or join a session first.',
  },
  RATE_LIMIT_EXCEEDED: {
    httpStatus: 429,
    retryable: true,
    cause: 'Too many requests of this kind from this user, address or connection.',
    remedy: 'Wait `retryAfter` seconds.',
  },
  SERVICE_UNAVAILABLE: {
    httpStatus: 503,
    retryable: true,
    cause: 'Something that the service depends on does not answer.',
    remedy: 'Try again, with growing pauses; after `retryAfter` seconds if given.',
  },
  INTERNAL_ERROR: {
    httpStatus: 500,
    retryable: true,
    cause: 'A fault of the service.',
    remedy: 'Try again once; then report it with the `errorId` from `details`.',
  },
} as const satisfies Record<string, ErrorCodeInfo>;

export type ErrorCode = keyof typeof errorCodes;

/** One fact about what was wrong: which field, and what would be right. */
export interface ErrorDetail {
  /** The field of the message, e.g. `targetLanguage`; absent when it is not about one field. */
  readonly field?: string;
  readonly problem: string;
  /** The values that would have been accepted, where they can be listed. */
  readonly allowed?: readonly string[];
}

export interface ServiceErrorOptions extends ErrorOptions {
  readonly details?: readonly ErrorDetail[];
  /** Whole seconds until trying again makes sense. */
  readonly retryAfterSeconds?: number;
  /** Of NOT_STARTED: epoch milliseconds. */
  readonly startsAt?: number;
}

/** Every refusal this service makes on purpose. Anything else that is thrown is a bug, and shows as INTERNAL_ERROR. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[];
  readonly retryAfterSeconds: number | undefined;
  readonly startsAt: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    { details = [], retryAfterSeconds, startsAt, ...options }: ServiceErrorOptions = {},
  ) {
    super(message, options);
    this.code = code;
    this.details = details;
    this.retryAfterSeconds = retryAfterSeconds;
    this.startsAt = startsAt;
  }
}
