import { randomText } from '../random.ts';

/**
 * An id as API Gateway makes them (connectionId, requestId, messageId): 16 characters of base64url, the last one `=`,
 * e.g. `TXzPWdnOjoECGjA=`.
 * @see facts page, section 2.5
 */
export function newId(): string {
  return `${randomText(11, 'base64url')}=`;
}

/** The value of `X-Amzn-Trace-Id` that API Gateway gives a request which has none. */
export function newTraceRoot(nowMs: number): string {
  return `Root=1-${Math.floor(nowMs / 1000).toString(16)}-${randomText(12, 'hex')}`;
}
