import {
  ApiGatewayManagementApiClient,
  ForbiddenException,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { expect } from 'chai';
import { ok, type SetUp, setUp, stopAll } from './set-up.ts';

describe('Gateway: @connections (facts, section 6)', () => {
  const clients: ApiGatewayManagementApiClient[] = [];

  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await stopAll();
  });

  const world = async (options: SetUp = {}) => {
    const set = await setUp({ routes: { $default: ok }, ...options });
    const sdk = new ApiGatewayManagementApiClient({
      endpoint: `http://${set.host}/dev`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
      maxAttempts: 1,
    });
    clients.push(sdk);
    const client = await set.connect('', [], { headers: { 'User-Agent': 'Test/1.0' } });
    const id = set.gateway.connections()[0]?.connectionId ?? '';
    const post = (Data: string | Uint8Array, ConnectionId = id) =>
      sdk.send(new PostToConnectionCommand({ ConnectionId, Data }));
    const call = (method: string, path: string, headers: Record<string, string> = { Authorization: 'any' }) =>
      fetch(`http://${set.host}${path}`, { method, headers });
    return { ...set, sdk, client, id, post, call };
  };
  const failureOf = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: unknown) => error as Error & { $metadata: { httpStatusCode: number } },
    );

  it('GET tells since when, from where, and when last active', async () => {
    const { sdk, id, call } = await world({
      clock: { nowMs: () => 1_708_327_306_789, setTimer: () => () => undefined },
    });

    const result = await sdk.send(new GetConnectionCommand({ ConnectionId: id }));
    const json = await (await call('GET', `/dev/@connections/${id}`)).json();

    expect(result.ConnectedAt?.getTime()).to.equal(1_708_327_306_789);
    expect(json).to.deep.equal({
      connectedAt: '2024-02-19T07:21:46.789Z',
      identity: { sourceIp: '127.0.0.1', userAgent: 'Test/1.0' },
      lastActiveAt: '2024-02-19T07:21:46.789Z',
    });
  });

  it('does not find a connection under another stage', async () => {
    const { call, id } = await world();

    const response = await call('GET', `/prod/@connections/${id}`);

    expect(response.status).to.equal(403);
    expect(response.headers.get('x-amzn-errortype')).to.equal('ForbiddenException');
  });

  it('refuses unsigned requests with 403', async () => {
    const { call, id } = await world();

    const response = await call('GET', `/dev/@connections/${id}`, {});

    expect(response.status).to.equal(403);
    expect(response.headers.get('x-amzn-errortype')).to.equal('MissingAuthenticationTokenException');
    expect(await response.json()).to.deep.equal({ message: 'Missing Authentication Token' });
  });

  it('asks whether the caller may, by method and ARN', async () => {
    const asked: unknown[] = [];
    const { post, id } = await world({
      authorizeManagement: (req, request) => {
        asked.push([req.headers.authorization?.slice(0, 16), request]);
        return false;
      },
    });

    const error = await failureOf(post('x'));

    expect(error).to.be.instanceOf(ForbiddenException);
    expect(error?.$metadata.httpStatusCode).to.equal(403);
    expect(asked).to.deep.equal([
      [
        'AWS4-HMAC-SHA256',
        {
          method: 'POST',
          connectionId: id,
          stage: 'dev',
          resourceArn: `arn:aws:execute-api:us-east-1:000000000000:abc123/dev/POST/@connections/${id}`,
        },
      ],
    ]);
  });

  it('can be told to fail in any way', async () => {
    const { post } = await world({
      authorizeManagement: async () => ({ statusCode: 500, errorType: 'InternalServerException', message: 'injected' }),
    });

    expect(await failureOf(post('x'))).to.include({ name: 'InternalServerException', message: 'injected' });
  });
});
