import type { InvokeCommandOutput, LambdaClient } from '@aws-sdk/client-lambda';
import { isReceipt, isRecord, isRefusal, parseJson, quote, refusedBy } from './answer.ts';
import { PublishError } from './publish-error.ts';
import type { CredentialSource, Entrance } from './types.ts';

export interface LambdaEntranceOptions {
  /** Name or ARN of the function `publisher`: the output `publisher_function_name` of the stack. */
  readonly functionName: string;
  /** Default: as for every AWS SDK, e.g. `AWS_REGION`. */
  readonly region?: string;
  /** Default: as for every AWS SDK. They need `lambda:InvokeFunction` on the function. */
  readonly credentials?: CredentialSource;
}

/** Publishes by invoking the function `publisher`. The SDK's client is loaded with the first message. */
export function createLambdaEntrance({ functionName, region, credentials }: LambdaEntranceOptions): Entrance {
  if (typeof functionName !== 'string' || functionName === '') {
    throw new TypeError(`functionName must name the function, not be ${JSON.stringify(functionName)}`);
  }
  let loading: Promise<(payload: string, signal: AbortSignal) => Promise<InvokeCommandOutput>> | undefined;
  const load = () => {
    loading ??= import('@aws-sdk/client-lambda').then(({ LambdaClient, InvokeCommand }) => {
      const client: LambdaClient = new LambdaClient({
        ...(region !== undefined && { region }),
        ...(credentials !== undefined && { credentials }),
        maxAttempts: 1, // `publish` retries, within its own time budget
      });
      return (payload, abortSignal) =>
        client.send(new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(payload) }), { abortSignal });
    });
    return loading;
  };

  return async (publication, signal) => {
    const invoke = await load();
    const { FunctionError, Payload } = await invoke(JSON.stringify(publication), signal).catch((error: unknown) => {
      if (signal.aborted) throw error; // the caller of the attempt knows why
      throw refusedByLambda(error, functionName);
    });
    const text = Payload === undefined ? '' : Buffer.from(Payload).toString();
    // It throws where an asynchronous invocation should be retried, and so should this one.
    if (FunctionError !== undefined) {
      throw new PublishError('NO_ANSWER', `The function ${functionName} failed (${FunctionError}): ${quote(text)}`);
    }
    const answer = parseJson(text);
    if (isReceipt(answer)) return answer;
    if (isRecord(answer) && isRefusal(answer.error)) throw refusedBy(answer.error);
    throw new PublishError('REJECTED', `The function ${functionName} answered ${quote(text)}: it is no publisher`);
  };
}

/** @see "Invoke", AWS Lambda API Reference: Errors */
function refusedByLambda(error: unknown, functionName: string): PublishError {
  const name = error instanceof Error ? error.name : 'Error';
  const said = `${name}: ${error instanceof Error ? error.message : String(error)}`;
  const status = statusOf(error);
  if (status === undefined || status >= 500) {
    return new PublishError('NO_ANSWER', `Lambda did not answer: ${said}`, { cause: error });
  }
  if (status === 429) return new PublishError('THROTTLED', `Lambda takes no more: ${said}`, { cause: error });
  if (status === 401 || status === 403) {
    const remedy = `the caller's policy must allow lambda:InvokeFunction on ${functionName}`;
    return new PublishError('NOT_AUTHORIZED', `Lambda refused the caller (${said}): ${remedy}`, { cause: error });
  }
  const remedy = 'check functionName and the Region';
  return new PublishError('REJECTED', `Lambda did not take the request (${said}): ${remedy}`, { cause: error });
}

/** The HTTP status of an answer that the SDK made an error of; undefined: there was no answer. */
function statusOf(error: unknown): number | undefined {
  const metadata = isRecord(error) ? error.$metadata : undefined;
  const status = isRecord(metadata) ? metadata.httpStatusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}
