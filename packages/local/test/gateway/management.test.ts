import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  ForbiddenException,
  GetConnectionCommand,
  GoneException,
  LimitExceededException,
  PayloadTooLargeException,
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

  it('POST delivers a text message, 200', async () => {
    const { post, client } = await world();

    const { $metadata } = await post('{"type":"grüß"}');

    expect($metadata.httpStatusCode).to.equal(200);
    expect(await client.next()).to.equal('{"type":"grüß"}');
  });

  it('POST keeps the order of calls made one after another', async () => {
    const { post, client } = await world();

    for (const text of ['1', '2', '3']) await post(text);

    expect([await client.next(), await client.next(), await client.next()]).to.deep.equal(['1', '2', '3']);
  });

  it('POST takes 128 KB, and refuses more with 413', async () => {
    const { post, client } = await world();

    await post('x'.repeat(131_072));
    const error = await failureOf(post('x'.repeat(131_073)));

    expect((await client.next()).length).to.equal(131_072);
    expect(error).to.be.instanceOf(PayloadTooLargeException);
    expect(error?.$metadata.httpStatusCode).to.equal(413);
  });

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

  it('DELETE closes, 204, and the connection is gone at once', async () => {
    const { sdk, id, client, post } = await world();

    const { $metadata } = await sdk.send(new DeleteConnectionCommand({ ConnectionId: id }));
    const error = await failureOf(post('too late'));

    expect($metadata.httpStatusCode).to.equal(204);
    expect(error).to.be.instanceOf(GoneException);
    expect((await client.closed).code).to.equal(1000);
  });

  it('answers 410 for a connection that never was, that closed, or of another shape', async () => {
    const { post, id, client, ends, until } = await world();
    client.socket.close();
    await until(() => ends.length === 1);

    for (const gone of [id, 'TXzPWdnOjoECGjA=', 'x']) {
      const error = await failureOf(post('x', gone));
      expect(error).to.be.instanceOf(GoneException);
      expect(error?.$metadata.httpStatusCode).to.equal(410);
    }
  });

  it('answers 410 from within $connect, and 200 as soon as the client is open', async () => {
    const seen: number[] = [];
    const set = await setUp({
      routes: {
        $connect: async ({ requestContext }) => {
          const url = `http://${set.host}/dev/@connections/${encodeURIComponent(requestContext.connectionId)}`;
          seen.push((await fetch(url, { method: 'POST', body: 'x', headers: { Authorization: 'any' } })).status);
          return { statusCode: 200 };
        },
      },
    });

    await set.connect();
    const id = set.gateway.connections()[0]?.connectionId;
    const response = await fetch(`http://${set.host}/dev/@connections/${id}`, { headers: { Authorization: 'any' } });

    expect(seen).to.deep.equal([410]);
    expect(response.status).to.equal(200);
  });

  it('takes = and @ escaped or not', async () => {
    const { call, id } = await world();

    for (const at of ['@', '%40']) {
      for (const written of [id, id.replace('=', '%3D'), id.replace('=', '%3d')]) {
        expect((await call('GET', `/dev/${at}connections/${written}`)).status).to.equal(200);
      }
    }
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

  it('answers 429 when the client does not read and its buffer is full', async () => {
    const { post, client } = await world({ limits: { sendBufferBytes: 1000 } });
    client.socket.pause();
    const payload = 'x'.repeat(131_072);

    let error: Error | undefined;
    for (let sent = 0; sent < 400 && error === undefined; sent++) error = await failureOf(post(payload));

    expect(error).to.be.instanceOf(LimitExceededException);
    client.socket.terminate();
  });

  it('refuses other methods', async () => {
    const { call, id } = await world();

    expect((await call('PUT', `/dev/@connections/${id}`)).status).to.equal(403);
  });
});
