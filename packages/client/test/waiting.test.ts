import { expect } from 'chai';
import type { Listener, StateChange } from '../src/index.ts';
import { failureOf } from './support/failure-of.ts';
import { ScriptedWorld } from './support/scripted-world.ts';
import { nextEvent } from './support/world.ts';

const CROWD = 300;

describe('a listener that has to wait', () => {
  let world: ScriptedWorld;
  let sessionId: string;
  let others: number;
  beforeEach(async () => {
    world = await ScriptedWorld.start();
    ({ sessionId } = await world.speaker().start());
    others = world.service.handshakes;
  });
  afterEach(() => world.stop());

  const handshakes = (): number => world.service.handshakes - others;

  it('is there before it has joined, and shows every attempt and how long each wait is', async () => {
    world.service.script(
      'joinSession',
      { code: 'RATE_LIMIT_EXCEEDED', retryAfter: 20 },
      { code: 'SERVICE_UNAVAILABLE' },
    );
    const listener = world.listener({ sessionId, random: () => 0.5 });
    const shown: unknown[] = [];
    listener.on('connecting', ({ attempt }) => shown.push({ connecting: attempt }));
    listener.on('retry', ({ error, attempt, delayMs }) => shown.push({ retry: attempt, delayMs, code: error.code }));
    listener.on('statechange', ({ from, to }: StateChange) => shown.push({ from, to }));
    expect(listener.state).to.equal('connecting');

    await world.meanwhile(listener.join());

    expect(shown).to.deep.equal([
      { connecting: 0 },
      { retry: 1, delayMs: 22_550, code: 'RATE_LIMIT_EXCEEDED' },
      { connecting: 1 },
      { retry: 2, delayMs: 5050, code: 'SERVICE_UNAVAILABLE' },
      { connecting: 2 },
      { from: 'connecting', to: 'live' },
    ]);
  });

  it('waits on the connection that it has', async () => {
    const wait = { code: 'RATE_LIMIT_EXCEEDED', retryAfter: 5 } as const;
    world.service.script('joinSession', wait, wait, wait);

    await world.meanwhile(world.listener({ sessionId }).join());

    expect(handshakes()).to.equal(1);
  });

  it('asks once more on the connection that it has when no answer comes, and then on a new one', async () => {
    world.service.script('joinSession', 'silence', 'silence');
    const listener = world.listener({ sessionId });
    listener.on('connecting', () => {
      world.service.silentTo.clear();
    });

    await world.meanwhile(listener.join());

    expect(listener.state).to.equal('live');
    expect(world.service.messages('joinSession')).to.have.length(3);
    expect(handshakes()).to.equal(2);
  });

  it('makes a new connection when the one that it waits on ends', async () => {
    world.service.script('joinSession', { code: 'RATE_LIMIT_EXCEEDED', retryAfter: 5 });
    const listener = world.listener({ sessionId });
    const joined = listener.join();
    await nextEvent(listener, 'retry');
    world.service.open.at(-1)?.socket.close(1001);

    await world.meanwhile(joined);

    expect(handshakes()).to.equal(2);
  });

  it('never shows as a failure what the service asks to wait for, however long that is', async () => {
    let refused = 0;
    world.service.refuseHandshake = () => (refused++ < 12 ? 429 : undefined);
    const startedAtMs = world.clock.nowMs();

    const listener = await world.meanwhile(world.listener({ sessionId, random: () => 0.999 }).join());

    expect(listener.state).to.equal('live');
    expect(world.clock.nowMs() - startedAtMs).to.be.above(240_000);
  });

  it('gives up after two minutes when there is no service', async () => {
    world.service.refuseHandshake = () => 500;
    const startedAtMs = world.clock.nowMs();

    const failure = await world.meanwhile(failureOf(world.listener({ sessionId }).join()));

    expect(failure).to.include({ code: 'CONNECTION_FAILED', retriesByItself: false });
    expect(world.clock.nowMs() - startedAtMs).to.be.within(60_000, 125_000);
  });

  it('comes sooner when the network is back, and can be left while it waits', async () => {
    world.service.refuseHandshake = () => 500;
    const network = { global: new EventTarget() };
    const listener = world.listener({ sessionId, network, random: () => 0.999 });
    const delays: number[] = [];
    listener.on('retry', ({ delayMs }) => delays.push(Math.round(delayMs / 1000)));
    const joining = failureOf(listener.join());
    while (delays.length < 3) await world.pass(1000);

    network.global.dispatchEvent(new Event('online'));
    while (delays.length < 4) await world.pass(1000);
    await listener.leave();

    expect(delays.slice(0, 4)).to.deep.equal([5, 10, 20, 5]);
    expect(await joining).to.include({ code: 'SESSION_OVER' });
    expect(listener.state).to.equal('ended');
  });

  it('can be left before it joins', async () => {
    const listener = world.listener({ sessionId });
    await listener.leave();

    expect(await failureOf(listener.join())).to.include({ code: 'SESSION_OVER' });
    expect(handshakes()).to.equal(0);
  });

  async function joinCrowd(): Promise<Listener[]> {
    const crowd = Array.from({ length: CROWD }, () => world.listener({ sessionId }));
    await world.meanwhile(Promise.all(crowd.map((listener) => listener.join())));
    return crowd;
  }

  it(`is one of ${CROWD} that arrive at once and are asked to wait: one handshake each, and no failure`, async () => {
    world.service.script(
      'joinSession',
      ...Array.from({ length: CROWD }, () => ({ code: 'RATE_LIMIT_EXCEEDED', retryAfter: 10 }) as const),
    );

    const crowd = await joinCrowd();

    expect(crowd.filter(({ state }) => state !== 'live')).to.deep.equal([]);
    expect(handshakes()).to.equal(CROWD);
    expect(world.service.messages('joinSession')).to.have.length(2 * CROWD);
  });

  it(`is one of ${CROWD} that are cut at once and refused at first: one more handshake each, spread over seconds`, async () => {
    const crowd = await joinCrowd();
    await world.pass(31_000);
    const before = world.service.handshakes;
    world.service.script(
      'refreshConnection',
      ...Array.from({ length: CROWD }, () => ({ code: 'SERVICE_UNAVAILABLE', retryAfter: 1 }) as const),
    );
    const delaysMs: number[] = [];
    for (const listener of crowd) {
      listener.on('retry', ({ error, delayMs }) => {
        if (error.code === 'CONNECTION_FAILED') delaysMs.push(delayMs);
      });
    }
    const lost = Promise.all(crowd.map((listener) => nextEvent(listener, 'statechange')));
    for (const { socket } of world.service.members(sessionId, 'listener')) socket.terminate();
    await lost;

    while (crowd.some(({ state }) => state !== 'live')) await world.pass(1000);

    expect(world.service.handshakes - before).to.equal(CROWD);
    // Evenly between 0.1 and 5 seconds: 60 in each, give or take what 300 draws may.
    const seconds = [0, 0, 0, 0, 0];
    for (const delayMs of delaysMs) {
      const index = Math.floor(((delayMs - 100) / 4900) * 5);
      seconds[index] = (seconds[index] ?? 0) + 1;
    }
    expect(delaysMs).to.have.length(CROWD);
    for (const count of seconds) expect(count).to.be.within(32, 88);
  });
});
