import { expect } from 'chai';
import type { Listener, SessionStatus } from '../src/index.ts';
import { ScriptedWorld } from './support/scripted-world.ts';
import { nextEvent } from './support/world.ts';

/** Everything that a listener is told of its session, in order. */
function eventsOf(listener: Listener): unknown[] {
  const events: unknown[] = [];
  listener.on('interrupted', ({ graceSeconds }) => events.push({ interrupted: graceSeconds }));
  listener.on('resumed', () => events.push('resumed'));
  listener.on('broadcastStateChanged', (state) => events.push(state));
  listener.on('ended', ({ reason }) => events.push({ ended: reason }));
  return events;
}

describe('what a client believes of its session', () => {
  let world: ScriptedWorld;
  let sessionId: string;
  beforeEach(async () => {
    world = await ScriptedWorld.start();
    ({ sessionId } = await world.speaker().start());
  });
  afterEach(() => world.stop());

  it('is what the notifications say, one after the other', async () => {
    const listener = await world.listener({ sessionId }).join();
    const events = eventsOf(listener);
    const resumed = nextEvent(listener, 'resumed');

    world.service.interrupt(sessionId);
    world.service.resume(sessionId);
    await resumed;

    expect(events).to.deep.equal([{ interrupted: 30 }, 'resumed']);
    expect(listener.state).to.equal('live');
  });

  it('is the later one of two notifications that come in the wrong order', async () => {
    const listener = await world.listener({ sessionId }).join();
    const events = eventsOf(listener);
    world.service.notifications = 'hold';
    world.service.interrupt(sessionId);
    world.service.resume(sessionId);
    world.service.setBroadcastState(sessionId, { paused: true });
    const changed = nextEvent(listener, 'broadcastStateChanged');

    world.service.release(() => [1, 0, 2]);
    await changed;

    expect(events).to.deep.equal([{ paused: true, muted: false, volume: 1 }]);
    expect(listener.state).to.equal('live');
  });

  it('does not lose a return because a later change of the audio overtakes it', async () => {
    const listener = await world.listener({ sessionId }).join();
    world.service.interrupt(sessionId);
    await nextEvent(listener, 'interrupted');
    world.service.notifications = 'hold';
    world.service.resume(sessionId);
    world.service.setBroadcastState(sessionId, { muted: true });
    const resumed = nextEvent(listener, 'resumed');

    world.service.release(() => [1, 0]);
    await resumed;

    expect(listener.state).to.equal('live');
    expect(listener.broadcastState).to.deep.equal({ paused: false, muted: true, volume: 1 });
  });

  it('is told once of what is notified twice', async () => {
    const listener = await world.listener({ sessionId }).join();
    const events = eventsOf(listener);
    world.service.notifications = 'hold';
    world.service.interrupt(sessionId);
    world.service.resume(sessionId);
    world.service.setBroadcastState(sessionId, { volume: 0.5 });
    const changed = nextEvent(listener, 'broadcastStateChanged');

    world.service.release(() => [0, 0, 1, 0, 2]);
    await changed;

    expect(events).to.deep.equal([{ interrupted: 30 }, 'resumed', { paused: false, muted: false, volume: 0.5 }]);
  });

  for (const [lost, lose, expected] of [
    ['an interruption', () => world.service.interrupt(sessionId), { interrupted: undefined }],
    [
      'a change of the audio',
      () => world.service.setBroadcastState(sessionId, { paused: true, volume: 0.25 }),
      { paused: true, muted: false, volume: 0.25 },
    ],
    ['an end', () => world.service.end(sessionId, 'operatorEnded'), { ended: 'operatorEnded' }],
  ] as const) {
    it(`learns of ${lost} from the next heartbeat when its notification was lost`, async () => {
      const listener = await world.listener({ sessionId }).join();
      const events = eventsOf(listener);
      world.service.notifications = 'lose';

      lose();
      await world.pass(35_000);

      expect(events).to.deep.equal([expected]);
    });
  }

  it('learns of a return from the next heartbeat when its notification was lost', async () => {
    const listener = await world.listener({ sessionId }).join();
    world.service.interrupt(sessionId);
    await nextEvent(listener, 'interrupted');
    const events = eventsOf(listener);
    world.service.notifications = 'lose';

    world.service.resume(sessionId);
    await world.pass(35_000);

    expect(events).to.deep.equal(['resumed']);
    expect(listener.state).to.equal('live');
  });

  it('lets a speaker learn from a heartbeat that the session has ended', async () => {
    const speaker = world.speaker();
    await speaker.start();
    const ended = nextEvent(speaker, 'ended');

    world.service.end(speaker.sessionId, 'expired');

    expect(await world.meanwhile(ended)).to.deep.equal({ reason: 'expired' });
  });

  it('is right from the start for a listener who joins during an interruption', async () => {
    world.service.interrupt(sessionId);
    world.service.setBroadcastState(sessionId, { muted: true });
    const listener = world.listener({ sessionId });
    const events = eventsOf(listener);

    await listener.join();

    expect(listener).to.deep.include({ state: 'interrupted' });
    expect(listener.broadcastState).to.deep.equal({ paused: false, muted: true, volume: 1 });
    expect(events).to.deep.equal([{ paused: false, muted: true, volume: 1 }, { interrupted: undefined }]);
  });

  it('is right after a reconnect, whatever happened meanwhile', async () => {
    const listener = await world.listener({ sessionId }).join();
    const events = eventsOf(listener);
    const lost = nextEvent(listener, 'statechange');
    world.service.members(sessionId, 'listener')[0]?.socket.terminate();
    await lost;

    world.service.interrupt(sessionId);
    await world.settle();
    expect(listener.state).to.equal('interrupted');
    world.service.resume(sessionId);
    await world.pass(35_000);

    expect(events).to.deep.equal([{ interrupted: undefined }, 'resumed']);
    expect(listener.state).to.equal('live');
  });

  it('begins anew in a later session of the same ID', async () => {
    const listener = await world.listener({ sessionId }).join();
    world.service.interrupt(sessionId);
    await nextEvent(listener, 'interrupted');
    Object.assign(world.service.session(sessionId), { state: 'active', revision: 1 });
    for (const each of world.service.members(sessionId, 'listener')) world.service.removePlace(each);

    await world.pass(60_000);

    expect(listener.state).to.equal('live');
  });

  it('is the later one of two statuses, by their time', async () => {
    const speaker = world.speaker();
    await speaker.start();
    const [connection] = world.service.members(speaker.sessionId, 'speaker');
    if (!connection) throw new Error('There is no speaker');
    const seen: number[] = [];
    speaker.on('status', ({ timestamp }: SessionStatus) => seen.push(timestamp));
    const later = world.clock.nowMs() + 2000;

    world.service.post(connection, world.service.status(speaker.sessionId, later));
    world.service.post(connection, world.service.status(speaker.sessionId, later - 1000));
    const status = await speaker.getStatus();

    expect(seen).to.deep.equal([later]);
    expect(status.timestamp).to.equal(later);
  });
});
