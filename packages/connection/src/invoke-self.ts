import type { WebSocketEvent } from '@sessions/core/lambda';

/** Hands an event to an asynchronous invocation of this very function. The SDK client is loaded when first needed. */
export function createInvokeSelf(functionName: string) {
  let sending: Promise<(payload: string) => Promise<unknown>> | undefined;
  return async (event: WebSocketEvent): Promise<void> => {
    sending ??= import('./lambda-client.ts').then(({ createAsyncInvoker }) => createAsyncInvoker(functionName));
    await (await sending)(JSON.stringify(event));
  };
}
