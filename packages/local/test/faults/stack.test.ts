import { readFileSync, writeFileSync } from 'node:fs';
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { expect } from 'chai';
import type { CallRule, FaultPlan, FaultRecord, LocalStack, LocalStackOptions } from '../../src/index.ts';
import type { InvocationRecord } from '../../src/lambda/runtime.ts';
import { ask, connect, nextMessage, startShop, stopAll, writeShop } from '../local-stack/set-up.ts';
import { removeTemporaryFolders } from '../stack/set-up.ts';

const TableName = 'shop-orders';
const order = { orderId: { S: 'o1' } };
const put = { action: 'buy', call: { operation: 'PutItem', input: { TableName, Item: order } } };

const settings = ({ endpoint, credentials }: LocalStack) => ({
  endpoint,
  credentials,
  region: 'eu-west-1',
  maxAttempts: 1,
});
const dynamoDbOf = (stack: LocalStack) => new DynamoDBClient(settings(stack));
const managementOf = (stack: LocalStack) =>
  new ApiGatewayManagementApiClient({ ...settings(stack), endpoint: `${stack.endpoint}/dev` });
const hasOrder = async (stack: LocalStack): Promise<boolean> =>
  (await dynamoDbOf(stack).send(new GetItemCommand({ TableName, Key: order }))).Item !== undefined;

async function errorOf(call: Promise<unknown>) {
  try {
    await call;
  } catch (error) {
    return error as { name: string; message: string; code?: string; $metadata: { httpStatusCode?: number } };
  }
  throw new Error('expected an error');
}

async function setUp(plan: FaultPlan, options: Partial<LocalStackOptions> = {}) {
  const records: FaultRecord[] = [];
  const stack = await startShop({ faults: plan, onFault: (record) => records.push(record), ...options });
  return { stack, records };
}
const putting = (rule: Pick<CallRule, 'do'> & Partial<CallRule>): FaultPlan => ({
  rules: [{ call: { operation: 'PutItem' }, times: 1, ...rule }],
});

/** The shop, with a `$disconnect` route. @returns the stack file */
function writeShopThatSaysGoodbye(): string {
  const stackFile = writeShop();
  const parts = JSON.parse(readFileSync(stackFile, 'utf8'));
  const { aws_apigatewayv2_route: routes, aws_lambda_permission: permissions } = parts.resource;
  routes.disconnect = { ...routes.buy, route_key: '$disconnect' };
  permissions.disconnect = {
    ...permissions.connect,
    source_arn: permissions.connect.source_arn.replace('$connect', '$disconnect'),
  };
  writeFileSync(stackFile, JSON.stringify(parts));
  return stackFile;
}

describe('A stack with a fault plan', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  it('throttles as each service does', async () => {
    const { stack } = await setUp({ rules: [{ call: {}, do: 'throttle' }] });
    const statusOf = async (call: Promise<unknown>) => {
      const { name, $metadata } = await errorOf(call);
      return [name, $metadata.httpStatusCode];
    };
    const invoke = () => new LambdaClient(settings(stack)).send(new InvokeCommand({ FunctionName: 'shop-buy' }));
    const post = () => managementOf(stack).send(new PostToConnectionCommand({ ConnectionId: 'x', Data: 'x' }));

    expect(await statusOf(dynamoDbOf(stack).send(new GetItemCommand({ TableName, Key: order })))).to.deep.equal([
      'ProvisionedThroughputExceededException',
      400,
    ]);
    expect(await statusOf(invoke())).to.deep.equal(['TooManyRequestsException', 429]);
    expect(await statusOf(post())).to.deep.equal(['LimitExceededException', 429]);
    expect((await fetch(`${stack.endpoint}/${stack.stack.userPools[0]?.id}/.well-known/jwks.json`)).status).to.equal(
      429,
    );
  });

  it('fails with the errors of each service', async () => {
    const { stack } = await setUp({
      rules: [
        { call: {}, nth: 1, do: { error: 503 } },
        { call: {}, do: { error: 500 } },
      ],
    });
    const get = () => errorOf(dynamoDbOf(stack).send(new GetItemCommand({ TableName, Key: order })));

    expect((await get()).$metadata.httpStatusCode).to.equal(503);
    expect(await get()).to.deep.include({ name: 'InternalServerError' });
    const invoke = new LambdaClient(settings(stack)).send(new InvokeCommand({ FunctionName: 'shop-buy' }));
    expect((await errorOf(invoke)).name).to.equal('ServiceException');
  });

  it('does not carry out what is reset before, and loses the answer of what is reset after', async () => {
    const { stack, records } = await setUp(putting({ do: { reset: 'before' } }));
    const client = dynamoDbOf(stack);

    expect((await errorOf(client.send(new PutItemCommand({ TableName, Item: order })))).code).to.equal('ECONNRESET');
    expect(await hasOrder(stack)).to.equal(false);
    await stack.faults.set(putting({ do: { reset: 'after' } }));
    expect((await errorOf(client.send(new PutItemCommand({ TableName, Item: order })))).code).to.equal('ECONNRESET');
    expect(await hasOrder(stack)).to.equal(true);
    expect(records.map(({ fault }) => fault)).to.deep.equal([{ reset: 'before' }, { reset: 'after' }]);
  });

  it('carries out what is late, also when the caller has given up', async () => {
    const { stack } = await setUp(putting({ do: { latencyMs: 600_000 } }));
    const giveUp = new AbortController();
    const given = errorOf(
      dynamoDbOf(stack).send(new PutItemCommand({ TableName, Item: order }), { abortSignal: giveUp.signal }),
    );
    while (stack.faults.counters()[0]?.fired !== 1) await new Promise((resolve) => setImmediate(resolve));

    giveUp.abort();
    await given;
    expect(await hasOrder(stack)).to.equal(false);
    stack.clock.advance(600_000);

    while (!(await hasOrder(stack)));
  });

  for (const [moment, carriedOut] of [
    ['before', false],
    ['after', true],
  ] as const) {
    it(`kills the instance that calls ${moment} its call is carried out`, async () => {
      const runs: InvocationRecord[] = [];
      const { stack, records } = await setUp(putting({ do: { kill: moment } }), {
        onInvocation: (run) => runs.push(run),
      });
      const socket = await connect(stack.webSocketUrl);

      const answer = JSON.parse(await ask(socket, put));

      expect(answer.message).to.equal('Internal server error');
      expect(runs.at(-1)?.outcome).to.deep.include({ kind: 'failed' });
      expect(await hasOrder(stack)).to.equal(carriedOut);
      expect(records.map(({ target }) => target)).to.deep.equal([
        {
          kind: 'call',
          service: 'dynamodb',
          operation: 'PutItem',
          functionName: 'shop-buy',
          instanceId: 'shop-buy#1',
          resources: ['arn:aws:dynamodb:eu-west-1:000000000000:table/shop-orders'],
        },
      ]);
      expect(await ask(socket, put)).to.equal('{}'); // on another instance
    });
  }

  it('says that a connection is gone, or full, though it is there', async () => {
    const { stack } = await setUp({
      rules: [
        { call: { operation: 'PostToConnection' }, nth: 1, do: 'gone' },
        { call: { operation: 'PostToConnection' }, nth: 2, do: 'bufferFull' },
      ],
    });
    const socket = await connect(stack.webSocketUrl);
    const ConnectionId = stack.gateway.connections()[0]?.connectionId;
    const post = (Data: string) => managementOf(stack).send(new PostToConnectionCommand({ ConnectionId, Data }));
    const received = nextMessage(socket);

    expect((await errorOf(post('one'))).name).to.equal('GoneException');
    expect(await errorOf(post('two'))).to.deep.include({ name: 'LimitExceededException' });
    await post('three');
    expect(await received).to.equal('three');
  });

  it('lets a slow client’s buffer fill up, and empties it later', async () => {
    const { stack } = await setUp(
      { rules: [{ call: { operation: 'PostToConnection' }, nth: 1, do: { stallMs: 60_000 } }] },
      { limits: { sendBufferBytes: 10 } },
    );
    const socket = await connect(stack.webSocketUrl);
    const ConnectionId = stack.gateway.connections()[0]?.connectionId;
    const post = (Data: string) => managementOf(stack).send(new PostToConnectionCommand({ ConnectionId, Data }));
    const received: string[] = [];
    socket.on('message', (data) => received.push(data.toString()));

    await post('more than ten bytes');
    expect((await errorOf(post('too much'))).name).to.equal('LimitExceededException');
    expect(received).to.deep.equal([]);
    const message = nextMessage(socket);
    stack.clock.advance(60_000);

    expect(await message).to.equal('more than ten bytes');
    await post('again');
  });

  it('loses, repeats and delays the ends of connections', async () => {
    const ends: string[] = [];
    let told = () => {};
    const { stack, records } = await setUp(
      {
        rules: [
          { disconnect: {}, nth: 1, do: 'lose' },
          { disconnect: {}, nth: 2, do: 'duplicate' },
          { disconnect: { statusCode: 1006 }, do: { delayMs: 60_000 } },
        ],
      },
      {
        stackFile: writeShopThatSaysGoodbye(),
        gateway: {
          onDisconnectDelivered: (connectionId) => {
            ends.push(connectionId);
            told();
          },
        },
      },
    );
    const ended = (count: number) =>
      new Promise<void>((resolve) => {
        told = () => ends.length >= count && resolve();
        told();
      });
    const end = async (how: 'close' | 'terminate') => {
      const socket = await connect(stack.webSocketUrl);
      const connectionId = stack.gateway.connections().at(-1)?.connectionId;
      const before = records.length;
      socket[how]();
      while (records.length === before) await new Promise((resolve) => setImmediate(resolve));
      return connectionId;
    };

    await end('close');
    const second = await end('close');
    await ended(2);
    const third = await end('terminate');
    expect(ends).to.deep.equal([second, second]);
    stack.clock.advance(60_000);
    await ended(3);

    expect(ends).to.deep.equal([second, second, third]);
    expect(records.map(({ rule, target, fault }) => [rule, target.kind, fault])).to.deep.equal([
      [0, 'disconnect', 'lose'],
      [1, 'disconnect', 'duplicate'],
      [2, 'disconnect', { delayMs: 60_000 }],
    ]);
  });

  it('can be given other faults, and none, while it runs', async () => {
    const { stack } = await setUp({ rules: [{ call: { service: 'dynamodb' }, do: 'throttle' }] });

    expect((await errorOf(hasOrder(stack))).name).to.equal('ProvisionedThroughputExceededException');
    await stack.faults.clear();
    expect(await hasOrder(stack)).to.equal(false);
  });

  it('is not started with a plan that is not understood', async () => {
    const rule = { call: { service: 's3' as 'dynamodb' }, do: 'throttle' } as const;

    expect((await errorOf(startShop({ faults: { rules: [rule] } }))).message).to.contain(
      'Fault plan: rules[0].call.service must be one of dynamodb',
    );
  });
});
