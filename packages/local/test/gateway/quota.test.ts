import { ApiGatewayManagementApi } from '@aws-sdk/client-apigatewaymanagementapi';
import { expect } from 'chai';
import { parseRequestQuota } from '../../src/cli-options.ts';
import { createScaledClock } from '../../src/clock/scaled-clock.ts';
import type { ConnectionInfo } from '../../src/gateway/options.ts';
import type { LocalStackOptions } from '../../src/index.ts';
import { removeTemporaryFolders } from '../stack/set-up.ts';
import { connect, handshakeStatus } from './client.ts';
import { ask, startHttpStack, stopAll } from './http/set-up.ts';

/** A stack whose account has this quota, and whose time stands still unless it is moved. */
async function setUp(requestQuota: LocalStackOptions['requestQuota']) {
  const clock = createScaledClock({ scale: 1e-6 });
  const connections: ConnectionInfo[] = [];
  const stack = await startHttpStack(
    {},
    {
      clock,
      ...(requestQuota !== undefined && { requestQuota }),
      gateway: { onConnection: (connection) => connections.push(connection) },
    },
  );
  const management = new ApiGatewayManagementApi({
    endpoint: `${stack.endpoint}/dev`,
    region: 'us-east-1',
    credentials: stack.credentials,
    maxAttempts: 1,
  });
  return {
    ...stack,
    clock,
    management,
    get: async () => (await ask(stack.httpApiUrl, '/')).status,
    connectionId: () => connections[0]?.connectionId ?? '',
  };
}

describe('The account’s request quota', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  it('is one for handshakes, messages, calls of @connections and requests of the HTTP API', async () => {
    const { webSocketUrl, get, management, connectionId, httpApiUrl } = await setUp({ rateLimit: 1, burstLimit: 4 });
    const client = await connect(webSocketUrl);
    client.send('hello');
    expect(await client.next()).to.equal('hello');
    expect(await get()).to.equal(200);
    await management.postToConnection({ ConnectionId: connectionId(), Data: 'posted' });
    expect(await client.next()).to.equal('posted');

    expect(await ask(httpApiUrl, '/')).to.deep.include({ status: 429, json: { message: 'Too Many Requests' } });
    expect(await handshakeStatus(webSocketUrl)).to.equal(429);
    client.send('again');
    expect(JSON.parse(await client.next())).to.include({
      message: 'Too Many Requests',
      connectionId: connectionId(),
    });
    client.socket.terminate();
  });

  for (const operation of ['postToConnection', 'getConnection', 'deleteConnection'] as const) {
    it(`refuses ${operation} with 429 LimitExceededException when it is used up`, async () => {
      const { webSocketUrl, management, connectionId } = await setUp({ rateLimit: 1, burstLimit: 1 });
      const client = await connect(webSocketUrl);

      const call = management[operation]({ ConnectionId: connectionId(), Data: 'a' });

      const error = await call.then(
        () => undefined,
        ({ name, $metadata }) => [name, $metadata.httpStatusCode],
      );
      expect(error).to.deep.equal(['LimitExceededException', 429]);
      client.socket.terminate();
    });
  }

  it('fills up again with the stack’s time, to its burst', async () => {
    const { get, clock } = await setUp({ rateLimit: 2, burstLimit: 3 });
    const statuses = async (count: number) => {
      const seen: number[] = [];
      while (seen.length < count) seen.push(await get());
      return seen;
    };

    expect(await statuses(4)).to.deep.equal([200, 200, 200, 429]);
    clock.advance(1000);
    expect(await statuses(3)).to.deep.equal([200, 200, 429]);
    clock.advance(60_000);
    expect(await statuses(4)).to.deep.equal([200, 200, 200, 429]);
  });

  it('can be left out', async () => {
    const { get } = await setUp('none');

    expect([await get(), await get()]).to.deep.equal([200, 200]);
  });

  it('is read from the command line, with half of it as the burst', () => {
    expect(parseRequestQuota('2500')).to.deep.equal({ rateLimit: 2500, burstLimit: 1250 });
    expect(parseRequestQuota('100/7')).to.deep.equal({ rateLimit: 100, burstLimit: 7 });
    expect(parseRequestQuota('none')).to.equal('none');
    expect(parseRequestQuota(undefined)).to.equal(undefined);
    for (const text of ['0', '-1', '10/', 'many', '10/0', '1.5']) {
      expect(() => parseRequestQuota(text)).to.throw('--request-quota must be requests a second');
    }
  });
});
