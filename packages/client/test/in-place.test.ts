import { expect } from 'chai';
import { failureOf } from './support/failure-of.ts';
import type { ScriptedConnection } from './support/scripted-service.ts';
import { ScriptedWorld } from './support/scripted-world.ts';
import { nextEvent } from './support/world.ts';

describe('a listener’s place', () => {
  let world: ScriptedWorld;
  let sessionId: string;
  let joinKey: string | undefined;
  beforeEach(async () => {
    world = await ScriptedWorld.start();
    ({ sessionId, joinKey } = await world.speaker().start());
  });
  afterEach(() => world.stop());

  const theListener = (): ScriptedConnection => {
    const [listener] = world.service.members(sessionId, 'listener');
    if (!listener) throw new Error('There is no listener');
    return listener;
  };

  it('is taken with the key of the link, which the speaker has, and without one if there is none', async () => {
    await world.listener({ sessionId, joinKey }).join();
    await world.listener({ sessionId }).join();

    expect(joinKey).to.be.a('string');
    expect(world.service.messages('joinSession').map((message) => message.joinKey)).to.deep.equal([joinKey, undefined]);
  });

  it('changes its language on the same connection', async () => {
    const listener = await world.listener({ sessionId }).join();
    const handshakes = world.service.handshakes;
    const changed = nextEvent(listener, 'languageChanged');

    await listener.changeLanguage('fr');

    expect(await changed).to.deep.equal({ targetLanguage: 'fr' });
    expect(listener).to.include({ targetLanguage: 'fr', state: 'live' });
    expect(theListener().targetLanguage).to.equal('fr');
    expect(world.service.handshakes).to.equal(handshakes);
  });

  it('keeps its language when another one is refused, and says why', async () => {
    const listener = await world.listener({ sessionId }).join();
    world.service.script('changeLanguage', { code: 'UNSUPPORTED_LANGUAGE' });

    expect(await failureOf(listener.changeLanguage('xx'))).to.include({ code: 'UNSUPPORTED_LANGUAGE' });
    expect(listener).to.include({ targetLanguage: 'es', state: 'live' });
  });

  it('changes its language one change after the other, so that the last one holds', async () => {
    const listener = await world.listener({ sessionId }).join();
    const [unavailable, tooSoon] = ['SERVICE_UNAVAILABLE', 'RATE_LIMIT_EXCEEDED'] as const;
    world.service.script('changeLanguage', { code: unavailable, retryAfter: 1 }, { code: tooSoon, retryAfter: 1 });

    const first = listener.changeLanguage('fr');
    const asked = () => world.service.messages('changeLanguage').map(({ targetLanguage }) => targetLanguage);
    while (asked().length === 0) await world.clock.change();
    await world.meanwhile(Promise.all([first, listener.changeLanguage('it'), listener.changeLanguage('de')]));

    expect(asked()).to.deep.equal(['fr', 'fr', 'fr', 'de']);
    expect(listener.targetLanguage).to.equal('de');
  });

  it('changes its language on the next connection when the first is lost on the way', async () => {
    const listener = await world.listener({ sessionId }).join();
    world.service.script('changeLanguage', 'close');

    await world.meanwhile(listener.changeLanguage('fr'));

    expect(listener).to.include({ targetLanguage: 'fr', state: 'live' });
    expect(theListener().targetLanguage).to.equal('fr');
  });

  it('says which language it has when a refresh shows that a change had been made all the same', async () => {
    const listener = await world.listener({ sessionId }).join();
    theListener().targetLanguage = 'fr';
    const changed = nextEvent(listener, 'languageChanged');

    theListener().socket.terminate();

    expect(await world.meanwhile(changed)).to.deep.equal({ targetLanguage: 'fr' });
    expect(listener.targetLanguage).to.equal('fr');
  });

  it('moves to a new connection with what saves the service a read', async () => {
    const listener = await world.listener({ sessionId }).join();
    const { connectionId } = theListener();
    await listener.changeLanguage('fr');

    theListener().socket.terminate();
    await world.meanwhile(nextEvent(listener, 'connecting'));
    await world.settle();

    const [{ requestId: _requestId, ...refresh } = {}] = world.service.messages('refreshConnection');
    expect(refresh).to.deep.equal({
      action: 'refreshConnection',
      role: 'listener',
      sessionId,
      previousConnectionId: connectionId,
      targetLanguage: 'fr',
      place: '1800000000000#7',
      epoch: world.service.session(sessionId).createdAt,
      since: { fr: 0, all: 0 },
    });
    expect(listener.state).to.equal('live');
  });

  it('is not taken for lost when a heartbeat finds it moved before the reply to the move has come', async () => {
    const listener = await world.listener({ sessionId, random: () => 0.01 }).join();
    const states: string[] = [];
    listener.on('statechange', ({ to }) => states.push(to));
    const { connectionId } = theListener();
    const heartbeats = () =>
      world.service.received.filter(
        ({ message, connectionId: from }) => message.action === 'heartbeat' && from === connectionId,
      ).length;
    // The first heartbeats of both clients come within three seconds of each other, and the next one after 30 s.
    await world.settle();
    expect(heartbeats()).to.equal(1);
    await world.pass(25_000);
    const connectionExpiresAt = Math.ceil(world.clock.nowMs()) + 1_200_000;
    world.service.script('refreshConnection', 'hold');
    const notice = { type: 'connectionRefreshRequired', sessionId, role: 'listener', connectionExpiresAt } as const;
    world.service.post(theListener(), notice);
    await world.until(() => world.service.held.length > 0);

    world.clock.advance(5000);
    await world.until(() => heartbeats() === 2);
    await world.until(() => world.service.sent.some(({ type }) => type === 'error'));
    world.service.release(() => [0]);
    await world.until(() => listener.state !== 'refreshing');

    expect(states).to.deep.equal(['refreshing', 'live']);
  });

  it('is taken anew, with the same key and language, when the service has given it up', async () => {
    const listener = await world.listener({ sessionId, joinKey }).join();
    await listener.changeLanguage('fr');

    world.service.removePlace(theListener());
    await world.pass(45_000);

    const { createdAt: epoch } = world.service.session(sessionId);
    expect(world.service.messages('joinSession').map(({ requestId: _requestId, ...join }) => join)).to.deep.equal([
      { action: 'joinSession', sessionId, targetLanguage: 'es', joinKey },
      { action: 'joinSession', sessionId, targetLanguage: 'fr', joinKey, epoch, since: { fr: 0, all: 0 } },
    ]);
    expect(listener).to.include({ state: 'live', targetLanguage: 'fr' });
  });

  it('is asked for once by a refresh that finds it gone, and then only by joins', async () => {
    const listener = await world.listener({ sessionId, joinKey }).join();
    const wait = { code: 'RATE_LIMIT_EXCEEDED', retryAfter: 3 } as const;
    world.service.script('joinSession', wait, wait);

    world.service.removePlace(theListener());
    await world.pass(90_000);

    expect(world.service.messages('refreshConnection')).to.have.length(1);
    expect(world.service.messages('joinSession')).to.have.length(4);
    expect(listener.state).to.equal('live');
  });

  it('is waited for in a full session, where an attempt whose answer was lost may still hold it', async () => {
    const listener = await world.listener({ sessionId }).join();
    world.service.script('joinSession', { code: 'SESSION_FULL' });

    world.service.removePlace(theListener());
    await world.pass(60_000);

    expect(world.service.messages('joinSession')).to.have.length(3);
    expect(listener.state).to.equal('live');
  });

  it('is over when the session that it would be taken in is', async () => {
    const listener = await world.listener({ sessionId }).join();
    const ended = nextEvent(listener, 'ended');
    world.service.notifications = 'lose';

    world.service.end(sessionId);
    world.service.removePlace(theListener());

    expect(await world.meanwhile(ended)).to.deep.equal({ reason: 'unknown' });
  });
});

describe('a speaker’s broadcast state', () => {
  let world: ScriptedWorld;
  beforeEach(async () => {
    world = await ScriptedWorld.start();
  });
  afterEach(() => world.stop());

  it('is set by the speaker, and reaches both sides', async () => {
    const speaker = await world.speaker().start();
    const listener = await world.listener({ sessionId: speaker.sessionId }).join();
    const told = [nextEvent(speaker, 'broadcastStateChanged'), nextEvent(listener, 'broadcastStateChanged')];

    const now = await speaker.setBroadcastState({ paused: true, volume: 0.5 });

    const expected = { paused: true, muted: false, volume: 0.5 };
    expect(await Promise.all(told)).to.deep.equal([expected, expected]);
    expect([now, speaker.broadcastState, listener.broadcastState]).to.deep.equal([expected, expected, expected]);
    const [{ requestId: _requestId, ...sent } = {}] = world.service.messages('setBroadcastState');
    expect(sent).to.deep.equal({ action: 'setBroadcastState', paused: true, volume: 0.5 });
  });

  it('is sent in few messages when a slider is dragged, the last position among them', async () => {
    const speaker = await world.speaker().start();
    const sentAtMs: number[] = [];
    speaker.on('broadcastStateChanged', () => sentAtMs.push(world.clock.nowMs()));
    const first = speaker.setBroadcastState({ volume: 0.9 });
    await first;

    const others = [0.8, 0.7, 0.6].map((volume) => speaker.setBroadcastState({ volume }));
    const last = speaker.setBroadcastState({ muted: true });
    await world.meanwhile(Promise.all([...others, last]));

    expect(speaker.broadcastState).to.deep.equal({ paused: false, muted: true, volume: 0.6 });
    expect(world.service.messages('setBroadcastState')).to.have.length(2);
    expect((sentAtMs[1] ?? 0) - (sentAtMs[0] ?? 0)).to.be.at.least(250);
  });
});
