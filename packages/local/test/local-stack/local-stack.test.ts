// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { type LocalStack, startLocalStack } from '../../src/index.ts';
import { failureOf, removeTemporaryFolders, shopWith, temporaryFolder, writeStack } from '../stack/set-up.ts';
import { ask, connect, startShop, stopAll, writeShop } from './set-up.ts';

describe('startLocalStack', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  it('serves the WebSocket API of the stack', async () => {
    const { webSocketUrl } = await startShop();
    const socket = await connect(webSocketUrl);

    expect(webSocketUrl).to.match(/^ws:\/\/127\.0\.0\.1:\d+\/dev$/);
    expect(await ask(socket, { action: 'buy', env: 'TABLE' })).to.equal('shop-orders');
  });

  it('tells functions who they are and where AWS is', async () => {
    const { webSocketUrl, endpoint, credentials } = await startShop();
    const socket = await connect(webSocketUrl);
    const env = (name: string) => ask(socket, { action: 'buy', env: name });

    expect(await env('AWS_REGION')).to.equal('eu-west-1');
    expect(await env('AWS_DEFAULT_REGION')).to.equal('eu-west-1');
    expect(await env('AWS_ENDPOINT_URL_DYNAMODB')).to.equal(endpoint);
    expect(await env('AWS_ENDPOINT_URL_LAMBDA')).to.equal(endpoint);
    expect(await env('AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER')).to.equal(endpoint);
    expect(await env('MANAGEMENT')).to.equal(`${endpoint}/dev`);
    expect(await env('AWS_ACCESS_KEY_ID')).to.match(/^ASIA[A-Z2-7]{16}$/);
    expect(await env('AWS_ACCESS_KEY_ID')).not.to.equal(credentials.accessKeyId);
    expect(await env('AWS_SESSION_TOKEN')).to.have.length.above(100);
  });

  it('runs schedules by hand', async () => {
    const { schedules } = await startShop();

    const [run] = await schedules.run('shop-nightly');

    expect(run?.outcome).to.deep.include({ kind: 'returned', payload: { cleaned: true } });
  });

  it('issues tokens that its published keys verify', async () => {
    const { endpoint, tokens, stack } = await startShop();
    const poolId = stack.userPools[0]?.id;
    const keys = createRemoteJWKSet(new URL(`${endpoint}/${poolId}/.well-known/jwks.json`));

    const { payload } = await jwtVerify(await tokens.issueToken({ username: 'maria' }), keys, {
      issuer: `https://cognito-idp.eu-west-1.amazonaws.com/${poolId}`,
    });
    const response = await fetch(`${endpoint}/_local/tokens`, { method: 'POST', body: '{"username":"peter"}' });
    const { access_token } = (await response.json()) as { access_token: string };

    expect(payload.username).to.equal('maria');
    expect((await jwtVerify(access_token, keys)).payload.username).to.equal('peter');
  });

  it('takes variables, and refuses values that break their rules', async () => {
    await startShop({ variables: { colour: 'blue' } });

    expect(await failureOf(startLocalStack({ stackFile: writeShop(), variables: { colour: 'green' } }))).to.equal(
      'StackVariableError: Variable colour: colour must be red or blue.',
    );
  });

  it('keeps items and tokens in a data folder', async () => {
    const dataFolder = temporaryFolder();
    const stackFile = writeShop();
    const put = { operation: 'PutItem', input: { TableName: 'shop-orders', Item: { orderId: { S: 'o1' } } } };
    const get = { operation: 'GetItem', input: { TableName: 'shop-orders', Key: { orderId: { S: 'o1' } } } };
    const first = await startShop({ stackFile, dataFolder });
    await ask(await connect(first.webSocketUrl), { action: 'buy', call: put });
    const token = await first.tokens.issueToken({ username: 'maria' });
    await first.stop();

    const second = await startShop({ stackFile, dataFolder });
    const keys = createRemoteJWKSet(
      new URL(`${second.endpoint}/${second.stack.userPools[0]?.id}/.well-known/jwks.json`),
    );

    expect(await ask(await connect(second.webSocketUrl), { action: 'buy', call: get })).to.equal(
      '{"Item":{"orderId":{"S":"o1"}}}',
    );
    expect((await jwtVerify(token, keys)).payload.username).to.equal('maria');
  });

  it('makes a key once, gives it to every function, and keeps it in the data folder', async () => {
    const stackFile = writeShop();
    const document = JSON.parse(readFileSync(stackFile, 'utf8'));
    const key = { input: '${sha256("${uuid()}${uuid()}")}', lifecycle: { ignore_changes: ['input'] } };
    document.resource.terraform_data = { key };
    const { buy } = document.resource.aws_lambda_function;
    buy.environment.variables.KEY = '${terraform_data.key.output}';
    document.resource.aws_lambda_function.sell = { ...buy, function_name: 'sell' };
    writeFileSync(stackFile, JSON.stringify(document));
    const keysOf = ({ stack }: LocalStack) => stack.functions.map(({ environment }) => environment.KEY);
    const dataFolder = temporaryFolder();

    const first = await startShop({ stackFile, dataFolder });
    const seen = await ask(await connect(first.webSocketUrl), { action: 'buy', env: 'KEY' });
    await first.stop();
    const second = await startShop({ stackFile, dataFolder });
    const elsewhere = await startShop({ stackFile });

    expect(seen).to.match(/^[0-9a-f]{64}$/);
    expect([...keysOf(first), ...keysOf(second)]).to.deep.equal([seen, seen, seen, seen]);
    expect(keysOf(elsewhere)).to.not.include(seen);
    expect(statSync(join(dataFolder, 'terraform-state.json')).mode & 0o777).to.equal(0o600);
  });

  it('refuses a data folder that another stack uses', async () => {
    const dataFolder = temporaryFolder();
    await startShop({ dataFolder });

    expect(await failureOf(startShop({ dataFolder }))).to.contain(
      `DataFolderError: The data folder ${dataFolder} is in use by process ${process.pid}: stop it`,
    );
  });

  it('refuses a port in use, and lets go of the data folder', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const dataFolder = temporaryFolder();

    expect(await failureOf(startShop({ port, dataFolder }))).to.equal(
      `PortInUseError: Port ${port} is in use on 127.0.0.1: stop what listens there, or choose another with --port`,
    );
    await startShop({ dataFolder });
    other.close();
  });

  it('refuses a stack that is broken, or has no API', async () => {
    const stackFile = writeStack(shopWith('aws_apigatewayv2_route', 'buy', { target: 'integrations/gone' }));

    expect(await failureOf(startLocalStack({ stackFile }))).to.contain(
      'StackResourceError: aws_apigatewayv2_route.buy',
    );
    expect(await failureOf(startLocalStack({ stackFile: writeStack({}) }))).to.equal(
      'StackResourceError: aws_apigatewayv2_api: the stack has 0 WebSocket APIs, and one can be run',
    );
  });

  it('stops with sockets open, twice, and frees its port', async () => {
    const stack = await startShop();
    const socket = await connect(stack.webSocketUrl);
    const closed = once(socket, 'close');

    await Promise.all([stack.stop(), stack.stop()]);
    await closed;

    await startShop({ port: Number(new URL(stack.endpoint).port) });
  });
});
