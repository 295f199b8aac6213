import type { LambdaFunction } from '../stack/model.ts';
import type { DroppedEvent } from './async-invocations.ts';
import type { ExecutionOutcome } from './execution.ts';

const conditions = { retriesExhausted: 'RetriesExhausted', eventAgeExceeded: 'EventAgeExceeded' } as const;

/**
 * Writes what the on-failure destination of a function gets of an asynchronous event that was given up.
 * @returns undefined: it was refused, not given up
 * @see "Capturing records of Lambda asynchronous invocations", AWS Lambda Developer Guide
 */
export function failureMessage(
  fn: LambdaFunction,
  { requestId, reason, attempts, event }: DroppedEvent,
  last: ExecutionOutcome | undefined,
  nowMs: number,
): object | undefined {
  if (reason !== 'retriesExhausted' && reason !== 'eventAgeExceeded') return undefined;
  const error = errorOf(last, requestId);
  return {
    version: '1.0',
    timestamp: new Date(nowMs).toISOString(),
    requestContext: {
      requestId,
      functionArn: `${fn.arn}:$LATEST`,
      condition: conditions[reason],
      approximateInvokeCount: attempts,
    },
    requestPayload: event,
    ...(error && {
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: error,
    }),
  };
}

function errorOf(last: ExecutionOutcome | undefined, requestId: string): object | undefined {
  if (last?.kind === 'failed') return last.error;
  if (last?.kind !== 'timedOut') return undefined;
  return { errorMessage: `${requestId} Task timed out after ${last.timeoutSeconds.toFixed(2)} seconds` };
}
