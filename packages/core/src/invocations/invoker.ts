import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ServiceError } from '../protocol/index.ts';

const MAX_ATTEMPTS = 3;
const CONNECT_TIMEOUT_MS = 1000;
/** An invocation that is waited for runs as long as the function may. */
const REQUEST_TIMEOUT_MS = 65_000;

/** Invokes one function. */
export interface Invoker {
  /** Returns when Lambda has taken the event; the function runs at least once, later. */
  enqueue(event: unknown): Promise<void>;
  /** Runs the function and returns what it returned. */
  call(event: unknown): Promise<unknown>;
}

/** Kept apart from what uses it: the client is loaded when something is invoked, which most invocations do not. */
export function createInvoker(functionName: string): Invoker {
  const client = new LambdaClient({
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });
  const invoke = (event: unknown, InvocationType: 'Event' | 'RequestResponse') =>
    client.send(
      new InvokeCommand({ FunctionName: functionName, InvocationType, Payload: Buffer.from(JSON.stringify(event)) }),
    );
  return {
    async enqueue(event) {
      await invoke(event, 'Event');
    },
    async call(event) {
      const { FunctionError, Payload } = await invoke(event, 'RequestResponse');
      const text = Payload === undefined ? '' : Buffer.from(Payload).toString();
      if (FunctionError !== undefined) {
        throw new ServiceError('SERVICE_UNAVAILABLE', `The function ${functionName} failed: ${FunctionError}`);
      }
      return text === '' ? undefined : JSON.parse(text);
    },
  };
}
