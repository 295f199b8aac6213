import type { ErrorCode, ErrorDetail } from '@sessions/core/protocol';

/**
 * - an `ErrorCode`: the service refused the message (docs/error-codes.md)
 * - `NOT_AUTHORIZED`: AWS refused the caller: its policy, credentials, or Region
 * - `THROTTLED`: API Gateway or Lambda takes no more requests for now
 * - `NO_ANSWER`: the network failed, the time was over, or the service broke down. The message may have been published:
 *   publish it again with the same `id`.
 * - `REJECTED`: AWS did not take the request: no such API, route or function, or the answer was none of the service's
 */
export type PublishErrorCode = ErrorCode | 'NOT_AUTHORIZED' | 'THROTTLED' | 'NO_ANSWER' | 'REJECTED';

export interface PublishErrorOptions extends ErrorOptions {
  readonly retryAfterSeconds?: number | undefined;
  readonly startsAt?: number | undefined;
  readonly details?: readonly ErrorDetail[] | undefined;
}

/** Codes of failures that pass by themselves, which `publish` therefore retries. */
const RETRIED: ReadonlySet<PublishErrorCode> = new Set([
  'RATE_LIMIT_EXCEEDED',
  'SERVICE_UNAVAILABLE',
  'INTERNAL_ERROR',
  'THROTTLED',
  'NO_ANSWER',
]);

/** A message was not published, or it is not known whether it was. */
export class PublishError extends Error {
  override readonly name = 'PublishError';
  readonly code: PublishErrorCode;
  /** Whole seconds until publishing again makes sense, where the service said so. */
  readonly retryAfterSeconds: number | undefined;
  /** Of NOT_STARTED: when the session is to start, epoch milliseconds. */
  readonly startsAt: number | undefined;
  /** Which fields were wrong, and what is allowed. */
  readonly details: readonly ErrorDetail[];
  /** Whether the same publication can succeed later, unchanged. */
  readonly isTransient: boolean;
  /** The message's ID: publishing again with it is harmless. */
  id: string | undefined;
  /** How many attempts were made. */
  attempts = 1;

  constructor(code: PublishErrorCode, message: string, options: PublishErrorOptions = {}) {
    const { retryAfterSeconds, startsAt, details = [], ...rest } = options;
    super(message, rest);
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
    this.startsAt = startsAt;
    this.details = details;
    this.isTransient = RETRIED.has(code);
  }
}
