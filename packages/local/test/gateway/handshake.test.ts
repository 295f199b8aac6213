import { request } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { expect } from 'chai';
import { allow, hang, Outcome, ok, setUp, stopAll } from './set-up.ts';

describe('Gateway: the handshake (facts, section 1)', () => {
  afterEach(stopAll);

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

  it('refuses an upgrade to something else with 400, and invokes nothing', async () => {
    const { host, invocations } = await setUp({ routes: { $connect: ok } });

    const statusCode = await new Promise((resolve) => {
      const headers = { Connection: 'Upgrade', Upgrade: 'h2c' };
      request(`http://${host}/dev`, { headers }, (res) => resolve(res.resume().statusCode)).end();
    });

    expect(statusCode).to.equal(400);
    expect(invocations).to.deep.equal([]);
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
});

describe('Gateway: the subprotocol (facts, section 1)', () => {
  afterEach(stopAll);

  const returning = (headers: unknown) => () => ({ statusCode: 200, headers });

  it('that no header can hold is a malformed result', async () => {
    const { status } = await setUp({ routes: { $connect: returning({ 'Sec-WebSocket-Protocol': 'a\r\nX-Evil: 1' }) } });

    expect(await status()).to.equal(502);
  });
});

describe('Gateway: the authorizer (facts, sections 1 and 3)', () => {
  afterEach(stopAll);

  const routes = { $connect: ok };

  it('refuses with 500 when it takes too long or may not be invoked', async () => {
    const slow = await setUp({ routes, authorizer: hang, limits: { authorizerTimeoutMs: 60 } });
    const forbidden = await setUp({ routes, authorizer: () => new Outcome({ kind: 'forbidden' }) });

    expect([await slow.status(), await forbidden.status()]).to.deep.equal([500, 500]);
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
