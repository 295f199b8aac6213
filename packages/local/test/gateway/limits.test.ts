import { once } from 'node:events';
import { expect } from 'chai';
import { FrameMeter } from '../../src/gateway/frame-meter.ts';
import { ok, setUp, stopAll } from './set-up.ts';

describe('Gateway: frames (facts, section 7)', () => {
  it('reads frame headers however the bytes are cut', () => {
    const mask = [1, 2, 3, 4];
    const stream = Buffer.concat([
      Buffer.from([0x81, 0x82, ...mask, 0, 0]), // text, 2 bytes
      Buffer.from([0x89, 0x80, ...mask]), // ping
      Buffer.from([0x01, 0xfe, 0x01, 0x00, ...mask]), // text, 256 bytes, to be continued
      Buffer.alloc(256),
      Buffer.from([0x80, 0x81, ...mask, 0]), // its end
      Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0, 0x80, 0x01, ...mask]), // text, 32,769 bytes
    ]);
    for (const size of [1, 2, 3, 7, 64, stream.length]) {
      const meter = new FrameMeter({ frameBytes: 32_768, messageBytes: 131_072 });
      const violations = [];
      for (let at = 0; at < stream.length; at += size) violations.push(meter.read(stream.subarray(at, at + size)));
      expect(violations.filter((violation) => violation !== undefined)).to.deep.equal(['frameTooLarge']);
      expect(meter.messages).to.equal(3);
    }
  });
});

describe('Gateway: time limits (facts, section 7)', () => {
  afterEach(stopAll);

  it('closes an idle connection with 1001 Going away, and tells $disconnect', async () => {
    const { connect, eventsOf, until } = await setUp({ routes: { $disconnect: ok }, limits: { idleTimeoutMs: 80 } });
    const client = await connect();

    expect(await client.closed).to.deep.equal({ code: 1001, reason: 'Going away' });
    await until(() => eventsOf('$disconnect').length === 1);
    expect(eventsOf('$disconnect')[0].requestContext).to.include({
      disconnectStatusCode: 1001,
      disconnectReason: 'Going away',
    });
  });

  /** A clock that only moves when told to. */
  const manualClock = () => {
    let nowMs = 1_000_000;
    let sweep = () => {};
    return {
      nowMs: () => nowMs,
      setTimer: (callback: () => void) => {
        sweep = callback;
        return () => undefined;
      },
      advance(ms: number) {
        nowMs += ms;
        sweep();
      },
    };
  };

  it('closes a connection that grew too old although it talks', async () => {
    const clock = manualClock();
    const { connect } = await setUp({
      routes: { $default: { run: () => ({ body: 'again' }), hasRouteResponse: true } },
      clock,
    });
    const client = await connect();
    for (let minutes = 9; minutes < 120; minutes += 9) {
      clock.advance(9 * 60_000);
      client.send('again');
      expect(await client.next(), `after ${minutes} minutes`).to.equal('again');
    }

    clock.advance(3 * 60_000);

    expect(await client.closed).to.deep.equal({ code: 1001, reason: 'Going away' });
  });

  it('counts a message in either direction as activity, and no ping', async () => {
    const clock = manualClock();
    const { connect, gateway, host, messages, until } = await setUp({ routes: { $default: ok }, clock });
    const client = await connect();
    const idleMs = () => clock.nowMs() - (gateway.connections()[0]?.lastActiveAtMs ?? 0);

    clock.advance(400_000);
    client.send('hello');
    await until(() => messages.length === 1);
    expect(idleMs()).to.equal(0);

    clock.advance(400_000);
    const path = `/dev/@connections/${gateway.connections()[0]?.connectionId}`;
    await fetch(`http://${host}${path}`, { method: 'POST', body: 'hi', headers: { Authorization: 'any' } });
    expect(idleMs()).to.equal(0);

    clock.advance(400_000);
    client.socket.ping();
    await once(client.socket, 'pong');
    expect(idleMs()).to.equal(400_000);

    clock.advance(200_000);
    expect((await client.closed).code).to.equal(1001);
  });
});
