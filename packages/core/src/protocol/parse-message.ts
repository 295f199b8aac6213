import type * as z from 'zod/mini';
import { type Action, clientMessages } from './client-messages.ts';
import { describeDetails, describeIssues } from './describe-issues.ts';
import { ServiceError } from './errors.ts';

/** The longest message a client may send. Ours are under 300 bytes; audio travels elsewhere. */
export const MAX_MESSAGE_BYTES = 4096;

/** What a message is, before it is known which: a JSON object within the size limit. */
export type RawMessage = Readonly<Record<string, unknown>>;

/**
 * @throws {ServiceError} INVALID_MESSAGE: too long, not JSON, or not an object
 */
export function parseJsonObject(text: string): RawMessage {
  // UTF-8 needs at most three bytes for each UTF-16 unit: most messages need no counting.
  if (text.length * 3 > MAX_MESSAGE_BYTES) {
    const bytes = new TextEncoder().encode(text).length;
    if (bytes > MAX_MESSAGE_BYTES) {
      throw new ServiceError(
        'INVALID_MESSAGE',
        `A message may have ${MAX_MESSAGE_BYTES} bytes; this one has ${bytes}`,
        {
          details: [{ problem: `at most ${MAX_MESSAGE_BYTES} bytes` }],
        },
      );
    }
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new ServiceError('INVALID_MESSAGE', 'The message is not JSON', { cause, details: [{ problem: 'not JSON' }] });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new ServiceError('INVALID_MESSAGE', 'The message is not a JSON object', {
      details: [{ problem: 'a JSON object with a field `action`' }],
    });
  }
  return parsed as RawMessage;
}

/**
 * Parses the text of a message that API Gateway routed by its action.
 * @throws {ServiceError} INVALID_MESSAGE, or INVALID_PARAMETERS with a detail for every field that is wrong
 */
export function parseMessage<S extends z.core.$ZodType>(schema: S, text: string): z.core.output<S> {
  return checkMessage(schema, parseJsonObject(text));
}

/** A message within its size limit can hold hundreds of unknown fields; a refusal that names them all would not fit a frame. */
const MAX_DETAILS = 10;

/** @throws {ServiceError} INVALID_PARAMETERS with a detail for every field that is wrong, up to `MAX_DETAILS` */
export function checkMessage<S extends z.core.$ZodType>(schema: S, raw: RawMessage): z.core.output<S> {
  // Zod would generate code for a schema when it is first used, which costs a cold start more than it ever gives back.
  const result = (schema as unknown as z.ZodMiniType<z.core.output<S>>).safeParse(raw, { jitless: true });
  if (result.success) return result.data;
  const details = describeIssues(result.error.issues, raw).slice(0, MAX_DETAILS);
  throw new ServiceError('INVALID_PARAMETERS', describeDetails(details), { details });
}

/** The refusal of a message whose action is missing, or is not one of those that are allowed there. */
export function unknownAction(
  raw: RawMessage,
  allowed = Object.keys(clientMessages) as readonly Action[],
): ServiceError {
  const problem =
    typeof raw.action === 'string' ? `"${raw.action.slice(0, 64)}" is not one of them` : 'a text that names the action';
  return new ServiceError('INVALID_ACTION', `action: ${problem}; use one of ${allowed.join(', ')}`, {
    details: [{ field: 'action', problem, allowed }],
  });
}
