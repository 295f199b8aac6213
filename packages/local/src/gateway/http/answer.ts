import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { IntegrationOutcome } from '../invoke-within.ts';
import { isRecord } from '../policy.ts';
import { HOP_HEADERS } from './request.ts';

/** What a client gets. */
export interface HttpAnswer {
  readonly statusCode: number;
  /** Names in lower case; a list is a header for each. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
  /** Of API Gateway's own answers. */
  readonly error?: { readonly message: string; readonly responseType: string; readonly reason: string };
}

/** API Gateway's own answers. @see "Quotas" and "Throttle requests to your HTTP APIs", API Gateway Developer Guide */
const OWN = {
  unauthorized: [401, 'Unauthorized', 'UNAUTHORIZED'],
  forbidden: [403, 'Forbidden', 'ACCESS_DENIED'],
  notFound: [404, 'Not Found', 'RESOURCE_NOT_FOUND'],
  tooLong: [413, 'Request Too Long', 'REQUEST_TOO_LARGE'],
  tooManyRequests: [429, 'Too Many Requests', 'THROTTLED'],
  // Body UNCONFIRMED.
  headersTooLarge: [431, 'Request Header Fields Too Large', 'REQUEST_TOO_LARGE'],
  internalError: [500, 'Internal Server Error', 'INTEGRATION_FAILURE'],
  unavailable: [503, 'Service Unavailable', 'INTEGRATION_FAILURE'],
} as const;

/** @param reason why, for a person: the client is not told */
export function ownAnswer(
  kind: keyof typeof OWN,
  reason: string,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  const [statusCode, message, responseType] = OWN[kind];
  return {
    statusCode,
    headers: { ...headers, 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ message })),
    error: { message, responseType, reason },
  };
}

/**
 * What the outcome of a route's integration means for the client: failures are 500, what did not come in time 503 (seen on AWS:
 * serverless/serverless issue 11222), and so is a function without concurrency (UNCONFIRMED).
 * @see "Create AWS Lambda proxy integrations for HTTP APIs", API Gateway Developer Guide
 */
export function answerOf(outcome: IntegrationOutcome): HttpAnswer {
  if (outcome === 'integrationTimeout') return ownAnswer('unavailable', 'the integration took too long');
  switch (outcome.kind) {
    case 'returned':
      return readResult(outcome.payload);
    case 'failed':
      return ownAnswer(
        'internalError',
        `the function failed: ${outcome.error.errorType}: ${outcome.error.errorMessage}`,
      );
    case 'timedOut':
      return ownAnswer('internalError', `the function timed out after ${outcome.timeoutSeconds} s`);
    case 'throttled':
      return ownAnswer('unavailable', 'the function is throttled');
    case 'forbidden':
      return ownAnswer('internalError', 'API Gateway has no permission to invoke the function');
    case 'withdrawn':
      return ownAnswer('unavailable', 'the client went away');
  }
}

/** A result with a `statusCode` says everything; any other one is the body of a 200, in JSON. */
function readResult(result: unknown): HttpAnswer {
  if (!isRecord(result) || result.statusCode === undefined) {
    const body = typeof result === 'string' ? result : JSON.stringify(result ?? null);
    return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(body) };
  }
  const { headers = {}, cookies = [], body = '', isBase64Encoded = false } = result;
  const statusCode = typeof result.statusCode === 'string' ? Number(result.statusCode) : result.statusCode;
  if (typeof statusCode !== 'number' || !Number.isInteger(statusCode) || statusCode < 200 || statusCode > 599) {
    return malformed(`statusCode ${JSON.stringify(result.statusCode)}`);
  }
  if (body !== null && typeof body !== 'string') return malformed('a body that is no text');
  const read = readHeaders(headers);
  if (typeof read === 'string') return malformed(read);
  if (
    !Array.isArray(cookies) ||
    !cookies.every((cookie) => typeof cookie === 'string' && isHeader('set-cookie', cookie))
  ) {
    return malformed('cookies that are no list of texts');
  }
  const setCookies = [...(read['set-cookie'] === undefined ? [] : [read['set-cookie']]), ...cookies];
  return {
    statusCode,
    headers: {
      // Without one: UNCONFIRMED.
      'content-type': 'text/plain;charset=UTF-8',
      ...read,
      ...(setCookies.length > 0 && { 'set-cookie': setCookies }),
    },
    body: Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

const malformed = (what: string): HttpAnswer => ownAnswer('internalError', `the function returned ${what}`);

/** The headers in lower case, without those of the connection itself; or what is wrong with them. */
function readHeaders(headers: unknown): Record<string, string> | string {
  if (headers !== null && !isRecord(headers)) return 'headers that are no object';
  const read: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    if (!isScalar || !isHeader(name, String(value))) return `the header ${JSON.stringify(name)} without a valid value`;
    const lower = name.toLowerCase();
    if (lower !== 'content-length' && !HOP_HEADERS.has(lower)) read[lower] = String(value);
  }
  return read;
}

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
