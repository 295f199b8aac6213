import { type ErrorCode, errorCodes, type ServiceError } from '../protocol/index.ts';
import type { HttpResult } from './http-events.ts';

/** The type of a problem, by its code: a name, and not an address. */
export const PROBLEM_TYPE_PREFIX = 'urn:sessions:error:';

/**
 * A refusal as the answer to an HTTP request: the code, the text and the facts that the socket's `error` has.
 * @see RFC 9457 "Problem Details for HTTP APIs"
 */
export function problemResult(error: ServiceError): HttpResult {
  const { code, message, retryAfterSeconds, startsAt, details } = error;
  const status = errorCodes[code].httpStatus;
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
      // RFC 9110, section 15.5.2: an answer 401 names how to authenticate.
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    },
    body: JSON.stringify({
      type: `${PROBLEM_TYPE_PREFIX}${code}`,
      title: titleOf(code),
      status,
      detail: message,
      code,
      ...(retryAfterSeconds === undefined ? {} : { retryAfter: retryAfterSeconds }),
      ...(startsAt === undefined ? {} : { startsAt }),
      ...(details.length === 0 ? {} : { errors: details }),
    }),
  };
}

/** `SESSION_NOT_FOUND` gives "Session not found". */
const titleOf = (code: ErrorCode): string => {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};
