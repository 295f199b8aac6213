import type * as z from 'zod/mini';
import { checkMessage, MAX_MESSAGE_BYTES, type RawMessage, ServiceError } from '../protocol/index.ts';
import type { HttpEvent } from './http-events.ts';

/**
 * Parses the JSON body of a request. API Gateway hands a body over in base64 unless its content type is one of text or
 * JSON; which type the client named is not asked.
 * @param maxBytes the longest body, as it was sent
 * @throws {ServiceError} INVALID_MESSAGE: not UTF-8, not JSON, or not an object; MESSAGE_TOO_LARGE; INVALID_PARAMETERS
 *   with a detail for each field that is wrong
 */
export function parseBody<S extends z.core.$ZodType>(
  schema: S,
  { body = '', isBase64Encoded }: Pick<HttpEvent, 'body' | 'isBase64Encoded'>,
  maxBytes = MAX_MESSAGE_BYTES,
): z.core.output<S> {
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > maxBytes) {
    throw new ServiceError(
      'MESSAGE_TOO_LARGE',
      `The body of this request may have ${maxBytes} bytes; this one has ${bytes.length}`,
      { details: [{ problem: `at most ${maxBytes} bytes` }] },
    );
  }
  return checkMessage(schema, parseObject(bytes));
}

/**
 * Parses the query of a request. A parameter that is given twice has both values, joined by a comma.
 * @throws {ServiceError} INVALID_PARAMETERS with a detail for each parameter that is wrong
 */
export const parseQuery = <S extends z.core.$ZodType>(
  schema: S,
  { queryStringParameters = {} }: Pick<HttpEvent, 'queryStringParameters'>,
): z.core.output<S> => checkMessage(schema, queryStringParameters);

function parseObject(bytes: Uint8Array): RawMessage {
  const parsed = parseJson(decode(bytes));
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as RawMessage;
  throw notAnObject('not a JSON object');
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw notAnObject('not UTF-8', cause);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notAnObject(text === '' ? 'empty' : 'not JSON', cause);
  }
}

const notAnObject = (problem: string, cause?: unknown) =>
  new ServiceError('INVALID_MESSAGE', `The body is ${problem}; send one JSON object`, {
    details: [{ problem: `the body is ${problem}` }],
    cause,
  });
