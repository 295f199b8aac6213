import type { ErrorCode, ErrorDetail, Receipt } from '@sessions/core/protocol';
import { PublishError } from './publish-error.ts';

/** What the service says of a refusal, by HTTP (`detail`, `errors`) and by invocation (`message`, `details`). */
interface Refusal {
  readonly code: ErrorCode;
  readonly detail?: string;
  readonly message?: string;
  readonly retryAfter?: number;
  readonly startsAt?: number;
  readonly errors?: readonly ErrorDetail[];
  readonly details?: readonly ErrorDetail[];
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isRefusal = (value: unknown): value is Refusal => isRecord(value) && typeof value.code === 'string';

export const isReceipt = (value: unknown): value is Receipt =>
  isRecord(value) && typeof value.channel === 'string' && typeof value.offset === 'number';

/** Returns the JSON value of a text; undefined: it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns the error that a refusal of the service stands for. */
export function refusedBy(refusal: Refusal): PublishError {
  const { code, retryAfter, startsAt } = refusal;
  return new PublishError(code, refusal.detail ?? refusal.message ?? code, {
    retryAfterSeconds: retryAfter,
    startsAt,
    details: refusal.errors ?? refusal.details,
  });
}

/** Shortens a text for an error message. */
export const quote = (text: string): string => JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
