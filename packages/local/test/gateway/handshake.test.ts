import { request } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { expect } from 'chai';
import { handshakeStatus } from './client.ts';
import { allow, hang, Outcome, ok, policy, setUp, stopAll } from './set-up.ts';

describe('Gateway: the handshake (facts, section 1)', () => {
  afterEach(stopAll);

  it('accepts when $connect returns 200', async () => {
    const { status, gateway, until } = await setUp({ routes: { $connect: ok } });

    expect(await status()).to.equal(101);
    await until(() => gateway.connections().length === 0);
  });

  it('accepts any 2xx, also as text', async () => {
    const { status } = await setUp({
      routes: { $connect: ({ queryStringParameters }) => ({ statusCode: queryStringParameters.status }) },
    });

    expect([await status('?status=201'), await status('?status=299')]).to.deep.equal([101, 101]);
  });

  it('accepts without a $connect route', async () => {
    const { status } = await setUp();

    expect(await status()).to.equal(101);
  });

  it('refuses with exactly the status that $connect returns', async () => {
    const { status } = await setUp({
      routes: { $connect: ({ queryStringParameters }) => ({ statusCode: Number(queryStringParameters.status) }) },
    });

    for (const expected of [301, 400, 401, 429, 501, 503])
      expect(await status(`?status=${expected}`)).to.equal(expected);
  });

  it('refuses with 502 when $connect throws', async () => {
    const { status, refusals } = await setUp({
      routes: {
        $connect: () => {
          throw new TypeError('boom');
        },
      },
    });

    expect(await status()).to.equal(502);
    expect(refusals).to.deep.equal([
      {
        statusCode: 502,
        reason: '$connect failed: TypeError: boom',
        stage: 'dev',
        connectionId: refusals[0]?.connectionId,
      },
    ]);
  });

  it('refuses with 502 when $connect returns no statusCode', async () => {
    for (const result of [undefined, 'text', {}, { statusCode: 'ok' }, { statusCode: 101 }, [200]]) {
      const { status } = await setUp({ routes: { $connect: () => result } });
      expect(await status()).to.equal(502);
    }
  });

  it('refuses with 502 when the function of $connect times out by itself', async () => {
    const timedOut = new Outcome({ kind: 'timedOut', timeoutSeconds: 3, durationMs: 3000 });
    const { status } = await setUp({ routes: { $connect: () => timedOut } });

    expect(await status()).to.equal(502);
  });

  it('refuses with 504 when $connect exceeds its integration timeout', async () => {
    const { status } = await setUp({ routes: { $connect: { run: hang, integrationTimeoutMs: 60 } } });

    expect(await status()).to.equal(504);
  });

  it('refuses with 500 when it may not invoke the function of $connect', async () => {
    const { status } = await setUp({ routes: { $connect: () => new Outcome({ kind: 'forbidden' }) } });

    expect(await status()).to.equal(500);
  });

  it('refuses with 500 when the function of $connect is throttled', async () => {
    const { status } = await setUp({ routes: { $connect: () => new Outcome({ kind: 'throttled' }) } });

    expect(await status()).to.equal(500);
  });

  it('refuses another stage, and a path below the stage, with 403', async () => {
    const { host } = await setUp({ routes: { $connect: ok } });

    expect(await handshakeStatus(`ws://${host}/prod`)).to.equal(403);
    expect(await handshakeStatus(`ws://${host}/`)).to.equal(403);
    expect(await handshakeStatus(`ws://${host}/dev/more`)).to.equal(403);
  });

  it('answers a plain request to the stage with 426', async () => {
    const { host } = await setUp();

    expect((await fetch(`http://${host}/dev`)).status).to.equal(426);
    expect((await fetch(`http://${host}/dev/anything?x=1`)).status).to.equal(426);
    expect((await fetch(`http://${host}/elsewhere`)).status).to.equal(403);
  });

  it('takes a URL of 4096 characters, and refuses a longer one with 414', async () => {
    const { status } = await setUp();

    expect(await status(`?q=${'x'.repeat(4096 - '/dev?q='.length)}`)).to.equal(101);
    expect(await status(`?q=${'x'.repeat(4097 - '/dev?q='.length)}`)).to.equal(414);
  });

  it('refuses an upgrade to something else with 400, and invokes nothing', async () => {
    const { host, invocations } = await setUp({ routes: { $connect: ok } });

    const statusCode = await new Promise((resolve) => {
      const headers = { Connection: 'Upgrade', Upgrade: 'h2c' };
      request(`http://${host}/dev`, { headers }, (res) => resolve(res.resume().statusCode)).end();
    });

    expect(statusCode).to.equal(400);
    expect(invocations).to.deep.equal([]);
  });

  it('throttles with 429 by the setting of $connect', async () => {
    const { status, invocations } = await setUp({
      routes: { $connect: ok },
      stage: { routeThrottling: new Map([['$connect', { rateLimit: 0.001, burstLimit: 2 }]]) },
    });

    expect([await status(), await status(), await status()]).to.deep.equal([101, 101, 429]);
    expect(invocations.length).to.equal(2);
  });

  it('throttles everything when the stage sets both limits to 0', async () => {
    const { status } = await setUp({ stage: { defaultThrottling: { rateLimit: 0, burstLimit: 0 } } });

    expect(await status()).to.equal(429);
  });

  it('delivers $disconnect for a client that went away while $connect ran', async () => {
    let finish = (_result: unknown) => {};
    let clientLeft = Promise.resolve();
    const { host, until, eventsOf, invocations, gateway } = await setUp({
      routes: { $connect: () => new Promise((resolve) => (finish = resolve)), $disconnect: ok },
      sourceIpOf: ({ socket }) => {
        clientLeft = new Promise((resolve) => socket.once('end', resolve));
        return '127.0.0.1';
      },
    });
    const [name = '', port = ''] = host.split(':');
    const socket = connectTcp(Number(port), name);
    socket.write(
      `GET /dev HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    await until(() => invocations.length === 1);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.end();
    await clientLeft;

    finish({ statusCode: 200 });
    await until(() => eventsOf('$disconnect').length === 1);

    expect(eventsOf('$disconnect')[0].requestContext).to.include({
      connectionId: eventsOf('$connect')[0].requestContext.connectionId,
      disconnectStatusCode: 1006,
    });
    expect(gateway.connections()).to.deep.equal([]);
    await closed;
  });

  it('delivers no $disconnect for a refused handshake', async () => {
    const { status, invocations } = await setUp({
      routes: { $connect: () => ({ statusCode: 403 }), $disconnect: ok },
    });

    expect(await status()).to.equal(403);
    expect(invocations.map(({ name }) => name)).to.deep.equal(['$connect']);
  });
});

describe('Gateway: the subprotocol (facts, section 1)', () => {
  afterEach(stopAll);

  const returning = (headers: unknown) => () => ({ statusCode: 200, headers });

  it('is what the function returns, in any case of the header', async () => {
    const { connect } = await setUp({ routes: { $connect: returning({ 'sec-websocket-protocol': 'v2' }) } });

    expect((await connect('', ['v1', 'v2'])).socket.protocol).to.equal('v2');
  });

  it('is none when the function returns none', async () => {
    const { url } = await setUp({ routes: { $connect: ok } });

    const error: unknown = await handshakeStatus(url, ['v1']).catch((reason: unknown) => reason);

    // The client of ws fails the connection itself, as browsers do: "Server sent no subprotocol".
    expect(error).to.deep.equal(Number.NaN);
  });

  it('is passed on even if the client offered none', async () => {
    const { host } = await setUp({ routes: { $connect: returning({ 'Sec-WebSocket-Protocol': 'v9' }) } });

    const header = await rawHandshake(host, {});

    expect(header).to.equal('v9');
  });

  it('arrives at the function as one comma-separated header', async () => {
    const { connect, eventsOf } = await setUp({
      routes: { $connect: returning({ 'Sec-WebSocket-Protocol': 'session.v1' }) },
    });

    await connect('', ['session.v1', 'bearer.abc']);

    expect(eventsOf('$connect')[0].headers['Sec-WebSocket-Protocol']).to.equal('session.v1,bearer.abc');
  });

  it('is the only header of the function that reaches the client', async () => {
    const { connect } = await setUp({ routes: { $connect: returning({ 'Set-Cookie': 'a=b', 'X-Mine': '1' }) } });

    const { response } = await connect();

    expect(Object.keys(response.headers).sort()).to.deep.equal(['connection', 'sec-websocket-accept', 'upgrade']);
  });

  it('that no header can hold is a malformed result', async () => {
    const { status } = await setUp({ routes: { $connect: returning({ 'Sec-WebSocket-Protocol': 'a\r\nX-Evil: 1' }) } });

    expect(await status()).to.equal(502);
  });

  function rawHandshake(host: string, headers: Record<string, string>): Promise<unknown> {
    return new Promise((resolve) => {
      const upgrade = {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...headers,
      };
      request(`http://${host}/dev`, { headers: upgrade })
        .on('upgrade', (res, socket) => {
          socket.destroy();
          resolve(res.headers['sec-websocket-protocol']);
        })
        .end();
    });
  }
});

describe('Gateway: the authorizer (facts, sections 1 and 3)', () => {
  afterEach(stopAll);

  const routes = { $connect: ok };

  it('lets in whom its policy allows, and only then runs $connect', async () => {
    const { status, invocations } = await setUp({ routes, authorizer: (event) => allow(event) });

    expect(await status()).to.equal(101);
    expect(invocations.map(({ name }) => name)).to.deep.equal(['authorizer', '$connect']);
  });

  it('refuses with 403 on Deny, and does not run $connect', async () => {
    const { status, invocations } = await setUp({
      routes,
      authorizer: ({ methodArn }) => ({ principalId: 'p', policyDocument: policy('Deny', methodArn) }),
    });

    expect(await status()).to.equal(403);
    expect(invocations.map(({ name }) => name)).to.deep.equal(['authorizer']);
  });

  it('refuses with 403 when the policy covers another method', async () => {
    const { status } = await setUp({
      routes,
      authorizer: ({ methodArn }) => ({ principalId: 'p', policyDocument: policy('Allow', `${methodArn}/other`) }),
    });

    expect(await status()).to.equal(403);
  });

  it('lets an explicit Deny win over an Allow', async () => {
    const { status } = await setUp({
      routes,
      authorizer: ({ methodArn }) => ({
        principalId: 'p',
        policyDocument: { Statement: [...policy('Allow', '*').Statement, ...policy('Deny', methodArn).Statement] },
      }),
    });

    expect(await status()).to.equal(403);
  });

  it('understands wildcards and lists in the policy', async () => {
    const { status } = await setUp({
      routes,
      authorizer: () => ({
        principalId: 'p',
        policyDocument: {
          Statement: { Action: ['execute-api:*'], Effect: 'Allow', Resource: ['arn:aws:execute-api:*:*:abc123/dev/*'] },
        },
      }),
    });

    expect(await status()).to.equal(101);
  });

  it('refuses with 401 when it throws exactly Unauthorized', async () => {
    const { status } = await setUp({
      routes,
      authorizer: () => {
        throw new Error('Unauthorized');
      },
    });

    expect(await status()).to.equal(401);
  });

  it('refuses with 500 when it throws anything else', async () => {
    for (const message of ['unauthorized', 'Unauthorized: expired', 'boom']) {
      const { status } = await setUp({
        routes,
        authorizer: () => {
          throw new Error(message);
        },
      });
      expect(await status()).to.equal(500);
    }
  });

  it('refuses with 500 when its result is malformed', async () => {
    const good = (methodArn: string) => ({ principalId: 'p', policyDocument: policy('Allow', methodArn) });
    const results = [
      () => undefined,
      () => 'allow',
      () => ({ isAuthorized: true }),
      (arn: string) => ({ ...good(arn), principalId: undefined }),
      () => ({ principalId: 'p' }),
      () => ({ principalId: 'p', policyDocument: { Statement: [{ Effect: 'Allow' }] } }),
      (arn: string) => ({ ...good(arn), context: { groups: ['a'] } }),
      (arn: string) => ({ ...good(arn), context: { claims: { sub: '1' } } }),
    ];
    for (const result of results) {
      const { status } = await setUp({ routes, authorizer: ({ methodArn }) => result(methodArn) });
      expect(await status(), String(result)).to.equal(500);
    }
  });

  it('refuses with 500 when its result exceeds 8 KB', async () => {
    const { status } = await setUp({
      routes,
      authorizer: (event) => allow(event, { padding: 'x'.repeat(event.queryStringParameters.size) }),
    });

    expect(await status('?size=7000')).to.equal(101);
    expect(await status('?size=8192')).to.equal(500);
  });

  it('refuses with 500 when it takes too long or may not be invoked', async () => {
    const slow = await setUp({ routes, authorizer: hang, limits: { authorizerTimeoutMs: 60 } });
    const forbidden = await setUp({ routes, authorizer: () => new Outcome({ kind: 'forbidden' }) });

    expect([await slow.status(), await forbidden.status()]).to.deep.equal([500, 500]);
  });

  it('is not asked when an identity source is absent or empty: 401', async () => {
    const { status, invocations } = await setUp({
      routes,
      authorizer: (event) => allow(event),
      identitySources: ['route.request.querystring.token', 'route.request.header.X-Client'],
    });
    const headers = { 'x-client': 'web' };

    expect(await status()).to.equal(401);
    expect(await status('?token=', [], { headers })).to.equal(401);
    expect(await status('?token=abc')).to.equal(401);
    expect(invocations).to.deep.equal([]);
    expect(await status('?token=abc', [], { headers })).to.equal(101);
  });

  it('is invoked under its own source ARN, as routes are under theirs', async () => {
    const { status, invocations } = await setUp({ routes, authorizer: (event) => allow(event) });

    await status();

    expect(invocations.map(({ source }) => source)).to.deep.equal([
      {
        principal: 'apigateway.amazonaws.com',
        sourceArn: 'arn:aws:execute-api:us-east-1:000000000000:abc123/authorizers/auth01',
      },
      {
        principal: 'apigateway.amazonaws.com',
        sourceArn: 'arn:aws:execute-api:us-east-1:000000000000:abc123/dev/$connect',
      },
    ]);
  });

  it('needs identity sources that are understood', async () => {
    const error: unknown = await setUp({ routes, authorizer: ok, identitySources: ['header.Authorization'] }).catch(
      (reason: unknown) => reason,
    );

    expect(String(error)).to.equal(
      'Error: identity source header.Authorization: write route.request.header.<name> or route.request.querystring.<name>',
    );
  });
});
