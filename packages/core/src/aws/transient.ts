/** What AWS services call throttling, some of them with the status 400. */
const THROTTLES: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'LimitExceededException',
]);

/**
 * Whether calling an AWS service again later can help: not for a missing permission, or a payload that is too large.
 * An error without a status is one whose answer never came.
 */
export function isTransient(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { $metadata, $fault, name } = error as Error & { $metadata?: { httpStatusCode?: number }; $fault?: string };
  const status = $metadata?.httpStatusCode;
  return status === undefined || status === 429 || status >= 500 || $fault === 'server' || THROTTLES.has(name);
}
