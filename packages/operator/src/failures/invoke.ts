import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { OperatorError } from '../errors.ts';
import { errorOf } from './failure.ts';

/** A function runs for a minute at most. */
const REQUEST_TIMEOUT_MS = 70_000;

/** Runs a function and waits for what it returns. @throws {OperatorError} it failed, with what it said */
export type Invoke = (functionName: string, event: unknown) => Promise<unknown>;

export function createInvoke(): Invoke {
  // One attempt: a second one would run the function a second time, beside the first.
  const client = new LambdaClient({ maxAttempts: 1, requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS } });
  return async (FunctionName, event) => {
    const { FunctionError, Payload } = await client.send(
      new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)) }),
    );
    const text = Buffer.from(Payload ?? []).toString();
    const returned: unknown = text === '' ? undefined : JSON.parse(text);
    if (FunctionError === undefined) return returned;
    throw new OperatorError(`${FunctionName} failed: ${errorOf(returned) ?? FunctionError}`);
  };
}
