import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';

/** Kept apart so that the client stays out of the cold start: few connections carry their first message in the URL. */
export function createAsyncInvoker(functionName: string) {
  const client = new LambdaClient({ maxAttempts: 3 });
  return (payload: string) =>
    client.send(
      new InvokeCommand({ FunctionName: functionName, InvocationType: 'Event', Payload: Buffer.from(payload) }),
    );
}
