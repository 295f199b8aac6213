import { expect } from 'chai';
import { setUp, stopAll } from './set-up.ts';

describe('Lambda runtime: what a function sees', () => {
  afterEach(stopAll);

  const see = async (invoke: (event: unknown) => Promise<unknown>, what: string) =>
    ((await invoke({ do: what })) as { payload: Record<string, unknown> }).payload;

  it('is its own environment and nothing of the host', async () => {
    process.env.SECRET_OF_THE_HOST = 'do not leak';
    const { invoke } = setUp({
      fn: { environment: { TABLE_NAME: 'things', AWS_REGION: 'from the function' } },
      environmentFor: ({ name }, { instanceId }) => ({
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: `${name}:${instanceId}`,
      }),
    });

    const environment = await see(invoke, 'environment');

    expect(environment).to.include({
      TABLE_NAME: 'things',
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'worker:worker#1',
      AWS_LAMBDA_FUNCTION_NAME: 'worker',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/worker',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
      _HANDLER: 'index.handler',
    });
    expect(environment).to.not.have.any.keys('SECRET_OF_THE_HOST', 'HOME', 'USER', 'PWD');
    delete process.env.SECRET_OF_THE_HOST;
  });

  it('is a context as Lambda makes it', async () => {
    const { invoke, records } = setUp({ fn: { timeoutSeconds: 29 } });

    const context = await see(invoke, 'context');

    expect(context).to.include({
      functionName: 'worker',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:worker',
      memoryLimitInMB: '256',
      logGroupName: '/aws/lambda/worker',
      callbackWaitsForEmptyEventLoop: true,
      awsRequestId: records[0]?.requestId,
    });
    expect(context.awsRequestId).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(context.logStreamName).to.match(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
    expect(context.remaining).to.be.within(20_000, 29_000);
  });

  it('is a trace id of its own for each event', async () => {
    const { invoke } = setUp();

    const [first, second] = [await see(invoke, 'traceId'), await see(invoke, 'traceId')];

    expect(first).to.match(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/);
    expect(second).to.not.equal(first);
  });

  it('has its output told line by line, with the request that it belongs to', async () => {
    const { invoke, logs, records } = setUp();

    await invoke({ do: 'print' });

    const requestId = records[0]?.requestId;
    expect(logs).to.deep.equal([
      { functionName: 'worker', requestId, stream: 'stdout', line: 'one' },
      { functionName: 'worker', requestId, stream: 'stdout', line: 'two' },
      { functionName: 'worker', requestId, stream: 'stderr', line: 'three' },
      { functionName: 'worker', requestId, stream: 'stdout', line: 'unfinished' },
    ]);
  });

  it('has its errors logged with their stack', async () => {
    const { invoke, logs } = setUp();

    await invoke({ do: 'throw' });

    expect(logs.at(-1)?.line).to.match(
      /^ERROR\tInvoke Error\t\{"errorType":"TypeError","errorMessage":"no such thing","stack":\["TypeError: no such thing",/,
    );
  });

  it('has what it prints while loading told without a request', async () => {
    const { invoke, logs } = setUp({ source: "console.log('loading'); export const handler = () => 1;" });

    await invoke({});

    expect(logs).to.deep.equal([{ functionName: 'worker', stream: 'stdout', line: 'loading' }]);
  });
});
