import { expect } from 'chai';
import { createScaledClock } from '../../src/clock/scaled-clock.ts';
import { ok, setUp, stopAll } from './set-up.ts';

interface Said {
  readonly localTime: { readonly nowMs: number; readonly scale: number };
}

const answered = { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'app.v1' } };

describe('Gateway: how fast the local time runs', () => {
  afterEach(stopAll);

  it('is told to clients that ask for it, at first and after each change, before anything else', async () => {
    const clock = createScaledClock({ scale: 20 });
    const { connect, gateway } = await setUp({
      routes: { $connect: () => answered, $default: { run: ({ body }) => ({ body }), hasRouteResponse: true } },
      clock,
    });
    const client = await connect('', ['app.v1', 'local-time.v1']);
    client.send('hello');
    const first = JSON.parse(await client.next()) as Said;
    expect(first.localTime.scale).to.equal(20);
    expect(await client.next()).to.equal('hello');
    const activeAtMs = gateway.connections()[0]?.lastActiveAtMs;

    clock.setScale(60);
    expect((JSON.parse(await client.next()) as Said).localTime.scale).to.equal(60);
    clock.advance(3_600_000);
    const { localTime } = JSON.parse(await client.next()) as Said;

    expect(localTime.scale).to.equal(60);
    expect(localTime.nowMs - first.localTime.nowMs).to.be.at.least(3_600_000);
    expect(gateway.connections()[0]?.lastActiveAtMs).to.equal(activeAtMs);
    expect(client.socket.protocol).to.equal('app.v1');
  });

  it('is told to no client that does not ask', async () => {
    const clock = createScaledClock({ scale: 20 });
    const { connect } = await setUp({
      routes: { $connect: ok, $default: { run: ({ body }) => ({ body }), hasRouteResponse: true } },
      clock,
    });
    const client = await connect();
    clock.setScale(60);
    client.send('hello');

    expect(await client.next()).to.equal('hello');
  });
});
