import { once } from 'node:events';
import { expect } from 'chai';
import { ok, type SetUp, setUp, stopAll } from './set-up.ts';

describe('Gateway: $disconnect (facts, section 2.4)', () => {
  afterEach(stopAll);

  const world = async (options: SetUp = {}) => {
    const set = await setUp({ routes: { $disconnect: ok, $default: ok }, ...options });
    const client = await set.connect();
    const told = async (count = 1) => {
      await set.until(() => set.eventsOf('$disconnect').length >= count);
      const { disconnectStatusCode, disconnectReason } = set.eventsOf('$disconnect')[0].requestContext;
      return [disconnectStatusCode, disconnectReason];
    };
    return { ...set, client, told };
  };

  it('tells 1006 when the connection is cut from here', async () => {
    const { client, told, gateway } = await world();
    const connectionId = gateway.connections()[0]?.connectionId ?? '';

    expect(gateway.cut(connectionId)).to.equal(true);

    expect((await client.closed).code).to.equal(1006);
    expect(await told()).to.deep.equal([1006, '']);
    expect(gateway.cut(connectionId)).to.equal(false);
  });

  it('is delivered once, even if both sides close', async () => {
    const { client, told, gateway, host, eventsOf, ends } = await world();
    const connectionId = gateway.connections()[0]?.connectionId;
    const headers = { Authorization: 'any' };

    client.socket.close();
    await Promise.all(
      [1, 2].map(() => fetch(`http://${host}/dev/@connections/${connectionId}`, { method: 'DELETE', headers })),
    );
    await client.closed;
    await told();

    expect(eventsOf('$disconnect').length).to.equal(1);
    expect(ends.length).to.equal(1);
  });

  it('comes at once, without waiting for a client that never answers the close frame', async () => {
    const { client, told, gateway, host } = await world({ limits: { closeTimeoutMs: 100 } });
    client.socket.pause();
    const path = `/dev/@connections/${gateway.connections()[0]?.connectionId}`;

    await fetch(`http://${host}${path}`, { method: 'DELETE', headers: { Authorization: 'any' } });

    expect(await told()).to.deep.equal([1000, 'Connection Closed Normally']);
    expect(gateway.connections()).to.deep.equal([]);
    client.socket.resume();
    await client.closed;
  });

  it('can be lost', async () => {
    const { client, eventsOf, ends, until } = await world({ deliverDisconnect: () => 'lose' });

    client.socket.close();
    await until(() => ends.length === 1);

    expect(eventsOf('$disconnect')).to.deep.equal([]);
  });

  it('can come twice, the same', async () => {
    const { client, eventsOf, told } = await world({ deliverDisconnect: () => 'duplicate' });

    client.socket.close();
    await told(2);

    expect(eventsOf('$disconnect')[0]).to.deep.equal(eventsOf('$disconnect')[1]);
  });

  it('can come late, decided on by what it says', async () => {
    const timers: { callback: () => void; delayMs: number }[] = [];
    const { client, eventsOf, ends, until, told } = await world({
      clock: {
        nowMs: Date.now,
        setTimer: (callback, delayMs) => {
          timers.push({ callback, delayMs });
          return () => undefined;
        },
      },
      deliverDisconnect: ({ requestContext }) =>
        requestContext.disconnectStatusCode === 4001 ? { delayMs: 12_345 } : 'deliver',
    });

    client.socket.close(4001);
    await until(() => ends.length === 1);
    expect(eventsOf('$disconnect')).to.deep.equal([]);
    timers.find(({ delayMs }) => delayMs === 12_345)?.callback();

    expect(await told()).to.deep.equal([4001, '']);
  });

  it('is not delivered when the gateway stops, which closes every client with 1001 and waits for none', async () => {
    const { client, connect, stop, eventsOf, gateway } = await world({ limits: { closeTimeoutMs: 600_000 } });
    const stubborn = await connect();
    stubborn.socket.pause();

    await stop();

    expect((await client.closed).code).to.equal(1001);
    expect(eventsOf('$disconnect')).to.deep.equal([]);
    expect(gateway.connections()).to.deep.equal([]);
    const closed = once(stubborn.socket, 'close');
    stubborn.socket.resume();
    await closed;
    await stop();
  });
});
