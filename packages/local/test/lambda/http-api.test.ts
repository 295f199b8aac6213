import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  InvalidRequestContentException,
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
  RequestTooLargeException,
  ResourceNotFoundException,
  TooManyRequestsException,
} from '@aws-sdk/client-lambda';
import { expect } from 'chai';
import { createLambdaApi, isLambdaApiPath } from '../../src/lambda/http-api.ts';
import { role, type SetUp, setUp, stopAll } from './set-up.ts';

describe('Lambda HTTP API, through the AWS SDK', () => {
  const open: { server: Server; client: LambdaClient }[] = [];

  const listen = async (options: SetUp = {}) => {
    const world = setUp(options);
    const api = createLambdaApi(world.runtime);
    const server = createServer((req, res) => api(req, res, role)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const credentials = { accessKeyId: 'AKIA', secretAccessKey: 'secret' };
    const client = new LambdaClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
    open.push({ server, client });
    const invoke = async (event: unknown, input: Partial<InvokeCommandInput> = {}) => {
      const Payload = typeof event === 'string' ? event : JSON.stringify(event);
      const result = await client.send(new InvokeCommand({ FunctionName: 'worker', Payload, ...input }));
      const text = result.Payload?.transformToString() ?? '';
      return { ...result, json: text === '' ? undefined : (JSON.parse(text) as unknown) };
    };
    const refused = (event: unknown, input?: Partial<InvokeCommandInput>) =>
      invoke(event, input).then(
        () => undefined,
        (error: unknown) => error,
      );
    return { ...world, endpoint, invoke, refused };
  };

  afterEach(async () => {
    for (const { server, client } of open.splice(0)) {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    await stopAll();
  });

  it('returns the result of a synchronous invocation', async () => {
    const { invoke, records } = await listen();

    const result = await invoke({ do: 'echo', text: 'grüß' });

    expect(result.json).to.deep.equal({ do: 'echo', text: 'grüß' });
    expect(result).to.include({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(result.FunctionError).to.equal(undefined);
    expect(result.$metadata.requestId).to.equal(records[0]?.requestId);
  });

  it('finds the function by name, ARN, partial ARN and qualified', async () => {
    const { invoke } = await listen();
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:worker';

    for (const FunctionName of ['worker', arn, `${arn}:$LATEST`, '000000000000:function:worker']) {
      expect((await invoke({ do: 'echo' }, { FunctionName })).json).to.deep.equal({ do: 'echo' });
    }
  });

  it('marks a failed invocation', async () => {
    const { invoke } = await listen();

    const result = await invoke({ do: 'throw' });

    expect(result).to.include({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(result.json).to.include({ errorType: 'TypeError', errorMessage: 'no such thing' });
  });

  it('words a timeout as Lambda does', async () => {
    const { invoke, records } = await listen({ fn: { timeoutSeconds: 0.25 } });

    const result = await invoke({ do: 'sleep', ms: 60_000 });

    expect(result.FunctionError).to.equal('Unhandled');
    expect(result.json).to.deep.equal({
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${records[0]?.requestId} Error: Task timed out after 0.25 seconds`,
    });
  });

  it('accepts an event with 202 and runs it afterwards', async () => {
    const { invoke, until, records } = await listen();

    const result = await invoke({ do: 'echo' }, { InvocationType: 'Event' });
    await until(() => records.length === 1);

    expect(result.StatusCode).to.equal(202);
    expect(result.json).to.equal(undefined);
    expect(records[0]).to.include({ kind: 'async', requestId: result.$metadata.requestId });
  });

  it('answers a dry run with 204 and runs nothing', async () => {
    const { invoke, records } = await listen();

    expect((await invoke({ do: 'echo' }, { InvocationType: 'DryRun' })).StatusCode).to.equal(204);
    expect(records).to.deep.equal([]);
  });

  it('refuses an unknown function', async () => {
    const { refused } = await listen();

    const error = await refused({}, { FunctionName: 'stranger' });

    expect(error).to.be.instanceOf(ResourceNotFoundException);
    expect(error).to.include({ message: 'Function not found: stranger' });
  });

  it('refuses a caller who may not', async () => {
    const { refused } = await listen({ authorizeInvoke: () => false });

    expect(await refused({})).to.include({
      name: 'AccessDeniedException',
      message:
        'User: arn:aws:iam::000000000000:role/caller is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1:000000000000:function:worker because no identity-based policy allows the lambda:InvokeFunction action',
    });
  });

  it('throttles', async () => {
    const { refused } = await listen({ fn: { reservedConcurrency: 0 } });

    const error = await refused({});

    expect(error).to.be.instanceOf(TooManyRequestsException);
    expect(error).to.include({ Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' });
  });

  it('refuses a body that is not JSON', async () => {
    const { refused } = await listen();

    expect(await refused('{"open":')).to.be.instanceOf(InvalidRequestContentException);
  });

  it('refuses an asynchronous event above 1 MB', async () => {
    const { refused } = await listen();

    const error = await refused({ text: 'x'.repeat(1_048_576) }, { InvocationType: 'Event' });

    expect(error).to.be.instanceOf(RequestTooLargeException);
  });

  it('answers other paths with 404', async () => {
    const { endpoint } = await listen();

    const response = await fetch(`${endpoint}/2015-03-31/functions/worker/configuration`);

    expect(response.status).to.equal(404);
    expect(response.headers.get('x-amzn-errortype')).to.equal('UnknownOperationException');
    expect(isLambdaApiPath('/2015-03-31/functions/worker/invocations?Qualifier=1')).to.equal(true);
    expect(isLambdaApiPath('/dev/@connections/abc')).to.equal(false);
  });
});
