import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { expect } from 'chai';
import type { AwsCall, LocalStack } from '../../src/index.ts';
import { ask, connect, nextMessage, startShop, stopAll } from '../local-stack/set-up.ts';
import { removeTemporaryFolders } from '../stack/set-up.ts';

const settings = ({ endpoint, credentials }: LocalStack) => ({
  endpoint,
  credentials,
  region: 'eu-west-1',
  maxAttempts: 1,
});
const getOrder = new GetItemCommand({ TableName: 'shop-orders', Key: { orderId: { S: 'o1' } } });

/** The error that a call ends with. */
async function errorOf(call: Promise<unknown>): Promise<{ name: string; message: string; code?: string }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('expected an error');
}

describe('The AWS endpoint', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  it('is DynamoDB to the SDK', async () => {
    const dynamoDb = new DynamoDBClient(settings(await startShop()));
    await dynamoDb.send(
      new PutItemCommand({ TableName: 'shop-orders', Item: { orderId: { S: 'o1' }, day: { N: '5' } } }),
    );

    const { Items } = await dynamoDb.send(
      new QueryCommand({
        TableName: 'shop-orders',
        IndexName: 'by-day',
        KeyConditionExpression: '#d = :d',
        ExpressionAttributeNames: { '#d': 'day' },
        ExpressionAttributeValues: { ':d': { N: '5' } },
      }),
    );

    expect(Items).to.deep.equal([{ orderId: { S: 'o1' }, day: { N: '5' } }]);
  });

  it('is Lambda to the SDK', async () => {
    const lambda = new LambdaClient(settings(await startShop()));

    const { StatusCode, Payload } = await lambda.send(
      new InvokeCommand({ FunctionName: 'shop-buy', Payload: JSON.stringify({ ping: 5 }) }),
    );

    expect(StatusCode).to.equal(200);
    expect(JSON.parse(Buffer.from(Payload ?? '').toString())).to.deep.equal({ pong: 5 });
  });

  it('is the management API to the SDK', async () => {
    const stack = await startShop();
    const management = new ApiGatewayManagementApiClient({ ...settings(stack), endpoint: `${stack.endpoint}/dev` });
    const socket = await connect(stack.webSocketUrl);
    const ConnectionId = stack.gateway.connections()[0]?.connectionId;
    const message = nextMessage(socket);

    await management.send(new PostToConnectionCommand({ ConnectionId, Data: 'hello' }));

    expect(await message).to.equal('hello');
    const gone = management.send(new DeleteConnectionCommand({ ConnectionId: 'AAAAAAAAAAAAAAA=' }));
    expect((await errorOf(gone)).name).to.equal('GoneException');
  });

  it('knows functions by their keys, and reports their calls', async () => {
    const calls: AwsCall[] = [];
    const { webSocketUrl, stack } = await startShop({ onAwsCall: (call) => calls.push(call) });
    const { region, accountId } = stack;
    const get = { operation: 'GetItem', input: { TableName: 'shop-orders', Key: { orderId: { S: 'o1' } } } };

    await ask(await connect(webSocketUrl), { action: 'buy', call: get });

    expect(calls.map(({ durationMs: _, ...call }) => call)).to.deep.equal([
      {
        functionName: 'shop-buy',
        instanceId: 'shop-buy#1',
        service: 'dynamodb',
        operation: 'GetItem',
        resources: [`arn:aws:dynamodb:${region}:${accountId}:table/shop-orders`],
        statusCode: 200,
      },
    ]);
  });

  it('refuses keys that it has not given out', async () => {
    const stack = await startShop();
    const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wrong' };
    const dynamoDb = new DynamoDBClient({ ...settings(stack), credentials });
    const lambda = new LambdaClient({ ...settings(stack), credentials });
    const management = new ApiGatewayManagementApiClient({
      ...settings(stack),
      endpoint: `${stack.endpoint}/dev`,
      credentials,
    });

    expect((await errorOf(dynamoDb.send(getOrder))).name).to.equal('UnrecognizedClientException');
    expect((await errorOf(lambda.send(new InvokeCommand({ FunctionName: 'shop-buy' })))).name).to.equal(
      'UnrecognizedClientException',
    );
    const post = management.send(new PostToConnectionCommand({ ConnectionId: 'x', Data: 'x' }));
    expect((await errorOf(post)).name).to.equal('UnrecognizedClientException');
  });

  it('refuses calls without a signature', async () => {
    const { endpoint } = await startShop();

    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'DynamoDB_20120810.ListTables', 'content-type': 'application/x-amz-json-1.0' },
      body: '{}',
    });

    expect(response.status).to.equal(400);
    expect(await response.json()).to.deep.equal({
      __type: 'com.amazon.coral.service#MissingAuthenticationTokenException',
      message: 'Missing Authentication Token',
    });
  });

  it('lets nobody post past the signature, however the path is written', async () => {
    const stack = await startShop();
    await connect(stack.webSocketUrl);
    const id = stack.gateway.connections()[0]?.connectionId;
    const headers = { authorization: 'anything' };

    for (const path of [`/dev/@connections/${id}`, `/dev//@connections/${id}`, `//dev/%40connections/${id}//`]) {
      const response = await fetch(`${stack.endpoint}${path}`, { method: 'DELETE', headers });
      expect([path, response.status]).to.deep.equal([path, 403]);
    }
    expect(stack.gateway.connections().length).to.equal(1);
  });

  it('asks one place about every call: who, which action, on what', async () => {
    const asked: unknown[] = [];
    const stack = await startShop({
      authorize: ({ arn, functionName }, requested) => {
        asked.push({ arn, functionName, ...requested });
        return requested.action === 'dynamodb:GetItem' ? 'User: x is not authorized' : undefined;
      },
    });
    const get = { operation: 'GetItem', input: { TableName: 'shop-orders', Key: { orderId: { S: 'o1' } } } };
    const operator = 'arn:aws:iam::000000000000:root';

    const answer = await ask(await connect(stack.webSocketUrl), { action: 'buy', call: get });
    await new DynamoDBClient(settings(stack))
      .send(
        new QueryCommand({
          TableName: 'shop-orders',
          IndexName: 'by-day',
          KeyConditionExpression: 'orderId = :d',
          ExpressionAttributeValues: { ':d': { N: '5' } },
        }),
      )
      .catch(() => {});
    await new LambdaClient(settings(stack)).send(
      new InvokeCommand({ FunctionName: 'shop-buy', Payload: JSON.stringify({ ping: 1 }) }),
    );
    await new ApiGatewayManagementApiClient({ ...settings(stack), endpoint: `${stack.endpoint}/dev` })
      .send(new DeleteConnectionCommand({ ConnectionId: 'AAAAAAAAAAAAAAA=' }))
      .catch(() => {});

    expect(answer).to.equal(
      '{"__type":"com.amazon.coral.service#AccessDeniedException","message":"User: x is not authorized"}',
    );
    expect(asked).to.deep.equal([
      {
        arn: 'arn:aws:sts::000000000000:assumed-role/shop-buy/shop-buy',
        functionName: 'shop-buy',
        action: 'dynamodb:GetItem',
        resources: ['arn:aws:dynamodb:eu-west-1:000000000000:table/shop-orders'],
      },
      {
        arn: operator,
        functionName: undefined,
        action: 'dynamodb:Query',
        resources: ['arn:aws:dynamodb:eu-west-1:000000000000:table/shop-orders/index/by-day'],
      },
      {
        arn: operator,
        functionName: undefined,
        action: 'lambda:InvokeFunction',
        resources: ['arn:aws:lambda:eu-west-1:000000000000:function:shop-buy'],
      },
      {
        arn: operator,
        functionName: undefined,
        action: 'execute-api:ManageConnections',
        resources: [
          `arn:aws:execute-api:eu-west-1:000000000000:${stack.stack.apis[0]?.id}/dev/DELETE/@connections/AAAAAAAAAAAAAAA=`,
        ],
      },
    ]);
  });

  it('resets the connections of an interrupted service, until it is restored', async () => {
    const calls: AwsCall[] = [];
    const stack = await startShop({ onAwsCall: (call) => calls.push(call) });
    const dynamoDb = new DynamoDBClient(settings(stack));
    await dynamoDb.send(getOrder);
    const keys = `${stack.endpoint}/${stack.stack.userPools[0]?.id}/.well-known/jwks.json`;

    stack.interrupt('dynamodb');

    expect((await errorOf(dynamoDb.send(getOrder))).code).to.equal('ECONNRESET');
    expect(calls.map(({ operation, statusCode }) => [operation, statusCode])).to.deep.equal([
      ['GetItem', 200],
      ['GetItem', undefined],
    ]);
    expect((await fetch(keys)).status).to.equal(200);

    stack.interrupt('cognito-idp');
    expect((await errorOf(fetch(keys))).message).to.equal('fetch failed');

    stack.restore('dynamodb');
    stack.restore('cognito-idp');
    await dynamoDb.send(getOrder);
    expect((await fetch(keys)).status).to.equal(200);
  });

  it('survives a client that breaks off in the middle of a request', async () => {
    const stack = await startShop();
    const controller = new AbortController();
    const body = new ReadableStream({
      pull(stream) {
        stream.enqueue(Buffer.from('{"TableName":'));
        controller.abort();
      },
    });

    await fetch(stack.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'DynamoDB_20120810.PutItem' },
      body,
      ...({ duplex: 'half' } as object),
      signal: controller.signal,
    }).catch(() => {});

    await new DynamoDBClient(settings(stack)).send(getOrder);
  });

  it('answers 403 to paths that nobody serves', async () => {
    const { endpoint } = await startShop();

    expect((await fetch(`${endpoint}/nothing/here`)).status).to.equal(403);
  });
});
