import { ServiceError } from '../protocol/index.ts';

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
/** DynamoDB's 400s for what another transaction in flight stands in the way of. */
const CONFLICTS = new Set(['TransactionConflictException', 'TransactionInProgressException']);

/** How long a client is asked to wait when the database refuses work that it may soon take. */
const RETRY_AFTER_SECONDS = 1;

/** Whether DynamoDB has answered that it takes too much just now. */
export const isThrottle = (error: unknown): boolean => error instanceof Error && THROTTLES.has(error.name);

/** Whether the same call can succeed a moment later: a transaction in flight held an item, or DynamoDB was throttling. */
export const isTransient = (error: unknown): boolean =>
  error instanceof Error && (CONFLICTS.has(error.name) || isThrottle(error) || isThrottle(error.cause));

/** Whether the database, and not the request, is at fault. */
export function isInfrastructureFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, $fault, $metadata } = error as Error & {
    code?: string;
    $fault?: string;
    $metadata?: { httpStatusCode?: number };
  };
  return (
    isThrottle(error) ||
    error.name === 'TimeoutError' ||
    $fault === 'server' ||
    ($metadata?.httpStatusCode ?? 0) >= 500 ||
    (code !== undefined && NETWORK_CODES.has(code))
  );
}

/** The refusal for what the database could not do now. */
export const unavailable = (message: string, cause: unknown, retryAfterSeconds = RETRY_AFTER_SECONDS): ServiceError =>
  new ServiceError('SERVICE_UNAVAILABLE', message, { cause, retryAfterSeconds });
