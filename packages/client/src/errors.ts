import { type ErrorCode, errorCodes } from '@sessions/core/protocol';
import type { ProblemDetail } from './types.ts';

export interface SessionsErrorFacts {
  readonly code: string;
  readonly cause: string;
  readonly remedy: string;
  readonly retriesByItself: boolean;
  readonly retryAfterSeconds?: number | undefined;
  readonly startsAt?: number | undefined;
  readonly details?: readonly ProblemDetail[] | undefined;
  readonly underlying?: unknown;
}

/** Everything that this SDK throws, or fails with. Never holds a token. */
export class SessionsError extends Error {
  override readonly name: string = 'SessionsError';
  /** Never changes its meaning: the protocol's error code, or one of the SDK's own. */
  readonly code: string;
  /** What has happened, in general; `message` says it of this case. */
  override readonly cause: string;
  /** What to do about it. */
  readonly remedy: string;
  /** How long the service asks to wait before the same is tried again. */
  readonly retryAfterSeconds: number | undefined;
  /** Whether the SDK tries again when it meets this on a connection that it keeps; if not, it is final. */
  readonly retriesByItself: boolean;
  readonly details: readonly ProblemDetail[];
  /** What was thrown by what the SDK called: your `getToken`, or the last attempt's error. */
  readonly underlying: unknown;

  constructor(message: string, facts: SessionsErrorFacts) {
    super(message);
    this.code = facts.code;
    this.cause = facts.cause;
    this.remedy = facts.remedy;
    this.retriesByItself = facts.retriesByItself;
    this.retryAfterSeconds = facts.retryAfterSeconds;
    this.details = facts.details ?? [];
    this.underlying = facts.underlying;
  }
}

/** The message was not right: a field, a language or a session ID. */
export class InvalidRequestError extends SessionsError {
  override readonly name = 'InvalidRequestError';
}
/** This user, or this role, may not do that. */
export class NotAllowedError extends SessionsError {
  override readonly name = 'NotAllowedError';
}
/** There is no such session now. */
export class SessionNotFoundError extends SessionsError {
  override readonly name = 'SessionNotFoundError';
}
/** Another client of the same user speaks in this session. */
export class SpeakerReplacedError extends SessionsError {
  override readonly name = 'SpeakerReplacedError';
}
/** The session is scheduled, and cannot be joined yet. */
export class NotStartedError extends SessionsError {
  override readonly name = 'NotStartedError';
  /** When it is to start: epoch milliseconds of the service's clock. `retryAfterSeconds`: until it can be joined. */
  readonly startsAt: number | undefined;

  constructor(message: string, facts: SessionsErrorFacts) {
    super(message, facts);
    this.startsAt = facts.startsAt;
  }
}
/** The message is larger than a message may be: nothing of it was published. */
export class MessageTooLargeError extends SessionsError {
  override readonly name = 'MessageTooLargeError';
}
/** The user has as many scheduled sessions as a user may have. */
export class TooManyScheduledError extends SessionsError {
  override readonly name = 'TooManyScheduledError';
}
/** The session has as many listeners as it may have. */
export class SessionFullError extends SessionsError {
  override readonly name = 'SessionFullError';
}
/** The connection has no place in the session, or another one. */
export class PlaceError extends SessionsError {
  override readonly name = 'PlaceError';
}
/** Too many requests; `retryAfterSeconds` says how long to wait. */
export class RateLimitError extends SessionsError {
  override readonly name = 'RateLimitError';
}
/** A fault of the service, or of something that it depends on. */
export class ServiceFaultError extends SessionsError {
  override readonly name = 'ServiceFaultError';
}
/** No connection could be made, or it was lost before the service answered. */
export class ConnectionFailedError extends SessionsError {
  override readonly name = 'ConnectionFailedError';
}
/** The token has expired, and `getToken` had no other. */
export class TokenExpiredError extends SessionsError {
  override readonly name = 'TokenExpiredError';
}
/** The service does not accept the token, nor the one that `getToken` gave when asked once more. */
export class TokenRefusedError extends SessionsError {
  override readonly name = 'TokenRefusedError';
  /** The service said so itself. A browser can only conclude it from what the service lets in without a token. */
  readonly isCertain: boolean;

  constructor(message: string, facts: SessionsErrorFacts, isCertain: boolean) {
    super(message, facts);
    this.isCertain = isCertain;
  }
}
/** `getToken` threw, gave no token, or did not answer; `underlying` is what it threw. */
export class TokenUnavailableError extends SessionsError {
  override readonly name = 'TokenUnavailableError';
}
/** The session is over, or has been left: nothing can be asked of it any more. */
export class SessionOverError extends SessionsError {
  override readonly name = 'SessionOverError';
}
/** Messages came faster than they were taken from an iterator. */
export class MessageOverflowError extends SessionsError {
  override readonly name = 'MessageOverflowError';
}

type ErrorClass = new (message: string, facts: SessionsErrorFacts) => SessionsError;

const families = {
  INVALID_MESSAGE: InvalidRequestError,
  INVALID_ACTION: InvalidRequestError,
  INVALID_PARAMETERS: InvalidRequestError,
  INVALID_SESSION_ID: InvalidRequestError,
  INVALID_LANGUAGE: InvalidRequestError,
  UNSUPPORTED_LANGUAGE: InvalidRequestError,
  UNAUTHORIZED: NotAllowedError,
  TOKEN_EXPIRED: TokenExpiredError,
  SPEAKER_DENIED: NotAllowedError,
  SPEAKER_REPLACED: SpeakerReplacedError,
  FORBIDDEN: NotAllowedError,
  SESSION_NOT_FOUND: SessionNotFoundError,
  NOT_STARTED: NotStartedError,
  MESSAGE_TOO_LARGE: MessageTooLargeError,
  TOO_MANY_SCHEDULED: TooManyScheduledError,
  SESSION_FULL: SessionFullError,
  ALREADY_IN_SESSION: PlaceError,
  NOT_IN_SESSION: PlaceError,
  RATE_LIMIT_EXCEEDED: RateLimitError,
  SERVICE_UNAVAILABLE: ServiceFaultError,
  INTERNAL_ERROR: ServiceFaultError,
} as const satisfies Record<ErrorCode, ErrorClass>;

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly retryAfter?: number | undefined;
  readonly startsAt?: number | undefined;
  readonly details?: readonly ProblemDetail[] | undefined;
}

/** The error for what the service refused. A code that this version does not know is final. */
export function refusalError({ code, message, retryAfter, startsAt, details }: Refusal): SessionsError {
  const known = Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : undefined;
  const Class: ErrorClass = known ? families[known] : SessionsError;
  const info = known ? errorCodes[known] : { cause: 'The service refused it.', remedy: '', retryable: false };
  return new Class(message, {
    code,
    cause: info.cause,
    remedy: info.remedy,
    // A place may become free, but nobody says when: without a time given, waiting is up to the user. So is waiting for
    // hours until a session starts.
    retriesByItself:
      info.retryable && known !== 'NOT_STARTED' && (known !== 'SESSION_FULL' || retryAfter !== undefined),
    retryAfterSeconds: retryAfter,
    startsAt,
    details,
  });
}

export const connectionFailed = (message: string, underlying?: unknown, retriesByItself = true): SessionsError =>
  new ConnectionFailedError(message, {
    code: 'CONNECTION_FAILED',
    cause: 'The service cannot be reached, or the connection was lost.',
    remedy: 'Check the address and the network.',
    retriesByItself,
    underlying,
  });

export const sessionOver = (): SessionsError =>
  new SessionOverError('The session is over, or was left', {
    code: 'SESSION_OVER',
    cause: 'The session has ended, failed, or was left.',
    remedy: 'Create or join a session.',
    retriesByItself: false,
  });

/** Whether it is a refusal, or an error of the SDK, with this code. */
export const hasCode = (error: unknown, ...codes: readonly string[]): error is SessionsError =>
  error instanceof SessionsError && codes.includes(error.code);

/** What is thrown as it is: ours, and the reason of an abort. Anything else is a bug, and is thrown as well. */
export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));
