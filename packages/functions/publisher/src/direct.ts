import middy from '@middy/core';
import { describeError, type Telemetry, withInvocationScope } from '@sessions/core/lambda';
import {
  checkMessage,
  errorCodes,
  publication,
  type RawMessage,
  type Receipt,
  ServiceError,
} from '@sessions/core/protocol';
import * as z from 'zod/mini';
import type { PublisherDeps } from './handler.ts';
import { logPublished } from './log-published.ts';

const invocation = z.strictObject({ sessionId: z.string(), ...publication });

/** A refusal that is the caller's: repeating the same invocation changes nothing, or only later. */
export interface Refused {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly retryAfter?: number;
    readonly startsAt?: number;
    readonly details?: ServiceError['details'];
  };
}

/**
 * Direct invocation, for Lambdas of the pipeline: `{sessionId, to, name?, data, id?}` → the receipt.
 *
 * What is the caller's fault is returned, so that Lambda does not run an asynchronous invocation again; what is ours is
 * thrown, so that it does. So one event can run several times: without an `id`, the request ID stands in for it. That
 * Lambda gives all runs of one event the same is not confirmed by its documentation: who wants to be sure sends an `id`.
 * @see "Understanding retry behavior in Lambda", AWS Lambda Developer Guide
 */
export function createDirectHandler({ webSocket: { telemetry }, publish }: PublisherDeps) {
  return middy<unknown, Receipt | Refused>()
    .use(withInvocationScope(telemetry))
    .handler(async (event, context) => {
      try {
        const request = checkMessage(invocation, requireObject(event));
        const message = { ...request, id: request.id ?? context.awsRequestId };
        const { receipt } = await logPublished(telemetry, 'invocation', (onStored) => publish(message, onStored));
        return receipt;
      } catch (error) {
        return refusedOrThrow(error, telemetry);
      }
    });
}

function requireObject(event: unknown): RawMessage {
  if (typeof event === 'object' && event !== null && !Array.isArray(event)) return event as RawMessage;
  const problem = 'must be a JSON object: {sessionId, to, name?, data, id?}';
  throw new ServiceError('INVALID_MESSAGE', `The payload ${problem}`, { details: [{ problem }] });
}

function refusedOrThrow(error: unknown, { logger, error: countError }: Telemetry): Refused {
  const code = error instanceof ServiceError ? error.code : 'INTERNAL_ERROR';
  countError(code);
  if (!(error instanceof ServiceError) || errorCodes[code].httpStatus >= 500) {
    logger.error('Failed', { code, error: describeError(error) });
    throw error;
  }
  logger.info('Refused', { code });
  const { message, retryAfterSeconds, startsAt, details } = error;
  return {
    error: {
      code,
      message,
      ...(retryAfterSeconds === undefined ? {} : { retryAfter: retryAfterSeconds }),
      ...(startsAt === undefined ? {} : { startsAt }),
      ...(details.length === 0 ? {} : { details }),
    },
  };
}
