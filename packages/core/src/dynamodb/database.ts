import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
} from 'cockatiel';
import { ServiceError } from '../protocol/index.ts';

/** Calls in a row that must fail, each after the SDK's own attempts, before the circuit opens. */
const FAILURES_BEFORE_OPENING = 5;

/** What the repositories need of a client; `send` of any DynamoDB command. */
export type Send = DynamoDBClient['send'];

export interface Database {
  readonly send: Send;
  /** One attempt only: for a write that would count twice if its lost answer made the SDK repeat it. */
  readonly sendOnce: Send;
}

export interface DatabaseOptions {
  readonly client: DynamoDBClient;
  /** A client that makes one attempt; created when first needed. */
  readonly singleAttemptClient: () => DynamoDBClient;
  /** How long an open circuit refuses at once before it tries again. */
  readonly openMs: number;
}

/**
 * DynamoDB behind a circuit breaker: when it does not answer, callers hear so at once instead of after all attempts.
 * Failures of infrastructure become SERVICE_UNAVAILABLE; everything else passes untouched.
 */
export function createDatabase({ client, singleAttemptClient, openMs }: DatabaseOptions): Database {
  const breaker = circuitBreaker(handleWhen(isInfrastructureFailure), {
    halfOpenAfter: openMs,
    breaker: new ConsecutiveBreaker(FAILURES_BEFORE_OPENING),
  });
  let once: DynamoDBClient | undefined;
  return {
    send: guard(breaker, () => client, openMs),
    sendOnce: guard(
      breaker,
      () => {
        once ??= singleAttemptClient();
        return once;
      },
      openMs,
    ),
  };
}

function guard(breaker: CircuitBreakerPolicy, client: () => DynamoDBClient, openMs: number): Send {
  const send = async (command: Parameters<Send>[0]) => {
    try {
      return await breaker.execute(() => client().send(command));
    } catch (cause) {
      if (cause instanceof BrokenCircuitError) {
        throw unavailable(cause, Math.ceil(openMs / 1000));
      }
      if (isInfrastructureFailure(cause)) throw unavailable(cause);
      throw cause;
    }
  };
  return send as Send;
}

const unavailable = (cause: unknown, retryAfterSeconds?: number) =>
  new ServiceError('SERVICE_UNAVAILABLE', 'The database does not answer', {
    cause,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });

/** Codes of Node.js for a connection that could not be made or broke. */
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** DynamoDB's 400s that are about its capacity and not about the request. */
const THROTTLES = new Set(['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded']);

/** Whether the database, and not the request, is at fault. */
export function isInfrastructureFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, $fault, $metadata } = error as Error & {
    code?: string;
    $fault?: string;
    $metadata?: { httpStatusCode?: number };
  };
  return (
    THROTTLES.has(error.name) ||
    error.name === 'TimeoutError' ||
    $fault === 'server' ||
    ($metadata?.httpStatusCode ?? 0) >= 500 ||
    (code !== undefined && NETWORK_CODES.has(code))
  );
}

/** Runs a conditional write. @returns `undefined` if its condition did not hold */
export async function unlessRefused<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}
