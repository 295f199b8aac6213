import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import { isInfrastructureFailure, isThrottle, unavailable } from './errors.ts';

/** Calls in a row that must fail, each after the SDK's own attempts, before the circuit opens. */
const FAILURES_BEFORE_OPENING = 5;

/** What the repositories need of a client; `send` of any DynamoDB command. */
export type Send = DynamoDBClient['send'];

export interface Database {
  readonly send: Send;
}

export interface DatabaseOptions {
  readonly client: DynamoDBClient;
  /** How long an open circuit refuses at once before it tries again. */
  readonly openMs: number;
}

/**
 * DynamoDB behind a circuit breaker: when it does not answer, callers hear so at once instead of after all attempts.
 * Failures of infrastructure become SERVICE_UNAVAILABLE; everything else passes untouched. A throttled call does not
 * open the circuit: the database has answered, and one hot item must not stop the calls for all others.
 */
export function createDatabase({ client, openMs }: DatabaseOptions): Database {
  const breaker = circuitBreaker(
    handleWhen((error) => isInfrastructureFailure(error) && !isThrottle(error)),
    { halfOpenAfter: openMs, breaker: new ConsecutiveBreaker(FAILURES_BEFORE_OPENING) },
  );
  const send = async (command: Parameters<Send>[0]) => {
    try {
      return await breaker.execute(() => client.send(command));
    } catch (cause) {
      if (cause instanceof BrokenCircuitError) {
        throw unavailable('The database does not answer', cause, Math.ceil(openMs / 1000));
      }
      if (isInfrastructureFailure(cause)) throw unavailable('The database does not answer', cause);
      throw cause;
    }
  };
  return { send: send as Send };
}
