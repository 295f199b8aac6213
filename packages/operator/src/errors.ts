import { ServiceError } from '@sessions/core/protocol';

/** The command line was not understood: the message says what is wrong, and what is allowed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command cannot be carried out: the message is one line that says why, and what to do. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
}

/** Says in one line why a call of AWS failed; undefined: it is something else, and a bug. */
export function explainAwsError(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof ServiceError) {
    return error.cause === undefined ? error.message : (explainAwsError(error.cause) ?? error.message);
  }
  const { name, message } = error;
  if (/^Region is missing/.test(message)) return 'AWS_REGION is not set: set it to the Region of the environment';
  if (name === 'CredentialsProviderError') {
    return 'there are no credentials for AWS: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
  }
  if (/^Expired|TokenRefreshRequired/.test(name)) return 'the credentials for AWS have expired: sign in again';
  if (/InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature/.test(name)) {
    return `the credentials are refused (${name}): a wrong key, or one of a local stack that was started anew`;
  }
  if (/AccessDenied|NotAuthorized|UnauthorizedOperation|KMSAccessDenied/.test(name)) {
    return `AWS refuses it, see packages/operator/policy.json for what an operator needs: ${message}`;
  }
  if (name === 'ResourceNotFoundException' || name === 'QueueDoesNotExist') {
    return `a part of the environment is not there any more, was it destroyed? ${message}`;
  }
  const { code, $metadata, $fault } = error as Error & { code?: string; $metadata?: unknown; $fault?: string };
  if (name === 'TimeoutError' || (code !== undefined && /^E[A-Z_]+$/.test(code))) {
    return `AWS cannot be reached (${message || code || name}): is AWS_REGION right, and is there a network?`;
  }
  // Any other answer of AWS: its own words are the best that there is.
  return $metadata !== undefined || $fault !== undefined ? `${name}: ${message}` : undefined;
}
