import { isInfrastructureFailure } from '@sessions/core/dynamodb';
import type { WebSocketEvent } from '@sessions/core/lambda';
import { ServiceError } from '@sessions/core/protocol';

/**
 * Hands an event to an asynchronous invocation of this very function. The SDK client is loaded when first needed.
 * Fails with SERVICE_UNAVAILABLE if Lambda does not take it now.
 */
export function createInvokeSelf(functionName: string) {
  let sending: Promise<(payload: string) => Promise<unknown>> | undefined;
  return async (event: WebSocketEvent): Promise<void> => {
    sending ??= import('./lambda-client.ts').then(({ createAsyncInvoker }) => createAsyncInvoker(functionName));
    try {
      await (await sending)(JSON.stringify(event));
    } catch (cause) {
      if (!isInfrastructureFailure(cause) && !isThrottle(cause)) throw cause;
      throw new ServiceError('SERVICE_UNAVAILABLE', 'The message in the URL could not be handed on', { cause });
    }
  };
}

const isThrottle = (error: unknown): boolean => error instanceof Error && error.name === 'TooManyRequestsException';
