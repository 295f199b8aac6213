import { inspect } from 'node:util';
import { expect } from 'chai';
import { connectSpeaker, createSpeaker, joinAsListener, type StateChange } from '../src/index.ts';
import { failureOf } from './support/failure-of.ts';
import { nextEvent, World } from './support/world.ts';

const MINUTE_MS = 60_000;

const statesOf = (from: { on(name: 'statechange', listener: (change: StateChange) => void): unknown }): string[] => {
  const states: string[] = [];
  from.on('statechange', ({ to }) => states.push(to));
  return states;
};

describe('the client', () => {
  let world: World;
  beforeEach(async () => {
    world = await World.start();
  });
  afterEach(() => world.stop());

  it("creates, joins and ends with the platform's WebSocket, and gives messages in between", async () => {
    const url = world.url;
    const speaker = await connectSpeaker({ url, getToken: () => world.token('ruth'), sourceLanguage: 'en-GB' });
    const typed = speaker.sessionId.toUpperCase().replaceAll('-', ' ');
    const listener = await joinAsListener<{ n: number }>({ url, sessionId: typed, targetLanguage: 'es' });
    expect(listener).to.include({ sessionId: speaker.sessionId, sourceLanguage: 'en-GB', state: 'live' });
    const messages = listener.messages();
    const { sessionId } = speaker;
    const { epoch } = await world.publish({ sessionId, to: 'es', data: { n: 1 } });
    await world.publish({ sessionId, to: 'all', name: 'caption', data: { n: 2 } });
    const { value: first } = await messages.next();
    expect(first).to.deep.include({ channel: 'es', epoch, offset: 1, data: { n: 1 } });
    const { value: second } = await messages.next();
    expect(second).to.deep.include({ channel: 'all', epoch, offset: 1, name: 'caption', data: { n: 2 } });
    const ended = nextEvent(listener, 'ended');
    await speaker.end();
    expect(await ended).to.deep.equal({ reason: 'speakerEnded' });
    expect(await messages.next()).to.deep.equal({ done: true, value: undefined });
    expect([speaker.state, listener.state]).to.deep.equal(['ended', 'ended']);
  });

  it('shows no token, however it is looked at', async () => {
    const token = await world.token('ruth');
    const speaker = await world.speak('ruth', { getToken: () => token });
    expect(inspect(speaker, { showHidden: true, depth: 20 }) + JSON.stringify(speaker)).not.to.include(
      token.slice(-20),
    );
    const bad = `${token.slice(0, -4)}AAAA`;
    const error = await failureOf(world.speak('ruth', { getToken: () => bad }));
    expect(inspect(error, { showHidden: true, depth: 20 })).not.to.include(bad.slice(10, 60));
  });

  it('tells the speaker how the session is', async () => {
    const speaker = await world.speak('ruth');
    await world.join(speaker.sessionId, { targetLanguage: 'fr' });
    const pushed = nextEvent(speaker, 'status');
    expect(await speaker.getStatus()).to.deep.include({ listenerCount: 1, state: 'active' });
    expect(await pushed).to.include({ sessionId: speaker.sessionId });
  });

  it('asks once more for a token that is refused, and then says so, also where nothing but 1006 is seen', async () => {
    const asked: boolean[] = [];
    const getToken = async ({ refresh }: { refresh: boolean }) => {
      asked.push(refresh);
      return `${(await world.token('ruth')).slice(0, -4)}AAAA`;
    };
    const options = { url: world.url, getToken, sourceLanguage: 'en' };
    expect(await failureOf(connectSpeaker(options))).to.include({ name: 'TokenRefusedError', code: 'TOKEN_REFUSED' });
    expect(asked).to.deep.equal([false, true]);
    expect(await failureOf(world.speak('ruth', { getToken }))).to.include({ code: 'TOKEN_REFUSED' });
  });

  it('waits, and does not blame the token, while the keys of its issuer cannot be fetched', async () => {
    world.stack.interrupt('cognito-idp');
    const { address: _address, ...options } = world.options();
    const speaker = createSpeaker({
      ...options,
      WebSocket: globalThis.WebSocket, // as a browser, which sees no status of a handshake
      getToken: () => world.token('ruth'),
      sourceLanguage: 'en',
    });
    const codes: string[] = [];
    speaker.on('retry', ({ error }) => {
      if (codes.push(error.code) === 3) world.stack.restore('cognito-idp');
    });
    let isOver = false;
    const started = speaker.start().finally(() => {
      isOver = true;
    });
    while (!isOver) await world.pass(1000);
    await started;
    expect(speaker.state).to.equal('live');
    expect(codes.slice(0, 3)).to.deep.equal(Array(3).fill('SERVICE_UNAVAILABLE'));
    await speaker.end();
  });

  it('takes the new token when the first has expired, and says so when the second has, too', async () => {
    const getToken = ({ refresh }: { refresh: boolean }) => world.token('ruth', refresh ? 3600 : -60);
    expect(await world.speak('ruth', { getToken })).to.include({ state: 'live' });
    const expired = () => world.token('ruth', -60);
    const options = { url: world.url, getToken: expired, sourceLanguage: 'en' };
    expect(await failureOf(connectSpeaker(options))).to.include({ name: 'TokenExpiredError', retriesByItself: false });
  });

  it('says that getToken failed, with what it threw', async () => {
    const thrown = new Error('signed out');
    const error = await failureOf(world.speak('ruth', { getToken: () => Promise.reject(thrown) }));
    expect(error).to.include({ code: 'TOKEN_UNAVAILABLE', underlying: thrown });
  });

  it('reports what cannot be mended by its class', async () => {
    const speaker = await world.speak('ruth');
    expect(await failureOf(world.join('faithful-shepherd-100'))).to.include({ name: 'SessionNotFoundError' });
    const unknown = await failureOf(world.join(speaker.sessionId, { targetLanguage: 'xx' }));
    expect(unknown).to.include({ name: 'InvalidRequestError' });
  });

  it('gives up the first connection in time when nobody is there', async () => {
    world.network.admission = 'refuse';
    const failure = failureOf(world.join('faithful-shepherd-100'));
    let isOver = false;
    void failure.then(() => {
      isOver = true;
    });
    while (!isOver) await world.pass(1000);
    expect(await failure).to.include({ code: 'CONNECTION_FAILED', retriesByItself: false });
    expect(world.network.attempts).to.be.within(2, 30);
  });

  it('is back in its place after a cut, with the count as it was', async () => {
    const speaker = await world.speak('ruth');
    const listener = await world.join(speaker.sessionId);
    const states = [statesOf(speaker), statesOf(listener)];
    world.passageOf(speaker).cut();
    world.passageOf(listener).cut();
    await Promise.all([nextEvent(speaker, 'statechange'), nextEvent(listener, 'statechange')]);
    await world.settle();
    expect(states[0]).to.deep.equal(['reconnecting', 'live']);
    expect(states[1]?.slice(0, 1)).to.deep.equal(['reconnecting']);
    expect([speaker.state, listener.state]).to.deep.equal(['live', 'live']);
    expect(await world.session(speaker.sessionId)).to.include({ state: 'active', listenerCount: 1 });
  });

  it('notices within two missed answers that nobody is there, and keeps its place', async () => {
    const speaker = await world.speak('ruth');
    const listener = await world.join(speaker.sessionId);
    const states = statesOf(listener);
    await world.pass(31_000);
    world.passageOf(listener).blackhole();
    const lostAtMs = world.clock.nowMs();
    while (states.length === 0) await world.pass(1000);
    expect(world.clock.nowMs() - lostAtMs).to.be.below(90_000);
    await world.settle();
    expect(states).to.deep.equal(['reconnecting', 'live']);
    expect(await world.session(speaker.sessionId)).to.include({ state: 'active', listenerCount: 1 });
  });

  it('tells listeners that the speaker is away, and back', async () => {
    const speaker = await world.speak('ruth');
    const listener = await world.join(speaker.sessionId);
    const states = statesOf(listener);
    world.network.admission = 'refuse';
    const interrupted = nextEvent(listener, 'interrupted');
    world.passageOf(speaker).cut();
    expect(await interrupted).to.deep.equal({ graceSeconds: 30 });
    const resumed = nextEvent(listener, 'resumed');
    world.network.admission = 'pass';
    await world.settle();
    await resumed;
    expect(states).to.deep.equal(['interrupted', 'live']);
  });

  it('learns from a heartbeat that the speaker is back when the notification is lost', async () => {
    const speaker = await world.speak('ruth');
    const listener = await world.join(speaker.sessionId);
    const states = statesOf(listener);
    const interrupted = nextEvent(listener, 'interrupted');
    world.network.admission = 'refuse';
    world.passageOf(speaker).cut();
    await interrupted;
    await world.stack.faults.set({
      rules: [{ call: { operation: 'PostToConnection', function: '*deliverer*' }, do: 'bufferFull' }],
    });
    world.network.admission = 'pass';
    await world.settle();
    for (let passedMs = 0; passedMs < MINUTE_MS; passedMs += 10_000) await world.pass(10_000);
    expect(states).to.deep.equal(['interrupted', 'live']);
  });

  it('is told what it has lost when it was away for longer than messages are held, and has the rest', async () => {
    const { sessionId } = await world.speak('ruth');
    const listener = await world.join(sessionId);
    const heard: string[] = [];
    const lost: unknown[] = [];
    listener.on('message', ({ channel, offset }) => heard.push(`${channel} ${offset}`));
    listener.on('messagesLost', (each) => lost.push(each));
    world.network.admission = 'refuse';
    world.passageOf(listener).cut();
    await nextEvent(listener, 'statechange');

    for (const data of [1, 2]) await world.publish({ sessionId, to: 'es', data });
    for (let minute = 0; minute < 3; minute++) await world.pass(MINUTE_MS);
    for (const to of ['es', 'es', 'all']) await world.publish({ sessionId, to, data: 3 });
    world.network.admission = 'pass';
    while (heard.length < 3) await world.pass(1000);

    expect(lost).to.deep.equal([{ channel: 'es', from: 1, to: 2 }]);
    expect(heard).to.have.members(['es 3', 'es 4', 'all 1']);
    expect(heard.indexOf('es 3')).to.be.below(heard.indexOf('es 4'));
  });

  it('begins with the last messages where that is asked for', async () => {
    const { sessionId } = await world.speak('ruth');
    for (const to of ['es', 'es', 'es', 'all']) await world.publish({ sessionId, to, data: to });
    const listener = await world.join(sessionId, { rewind: 2 });
    const heard: string[] = [];
    listener.on('message', ({ channel, offset }) => heard.push(`${channel} ${offset}`));
    while (heard.length < 3) await world.pass(1000);

    expect(heard).to.have.members(['es 2', 'es 3', 'all 1']);
  });

  it('says that the session has ended when it ended while it was away', async () => {
    const speaker = await world.speak('ruth');
    const listener = await world.join(speaker.sessionId);
    world.network.admission = 'refuse';
    world.passageOf(listener).cut();
    await nextEvent(listener, 'statechange');
    await speaker.end();
    world.network.admission = 'pass';
    const ended = nextEvent(listener, 'ended');
    while (listener.state !== 'ended') await world.pass(1000);
    expect(await ended).to.deep.equal({ reason: 'unknown' });
  });

  it('ends by signal in every state, and closes everything', async () => {
    const reason = new Error('enough');
    const early = new AbortController();
    world.network.admission = 'silence';
    const joining = failureOf(world.join('faithful-shepherd-100', { signal: early.signal }));
    early.abort(reason);
    expect(await joining).to.equal(reason);
    world.network.admission = 'pass';

    const speaker = await world.speak('ruth');
    const live = new AbortController();
    const one = await world.join(speaker.sessionId, { signal: live.signal });
    const away = new AbortController();
    const two = await world.join(speaker.sessionId, { signal: away.signal });
    world.passageOf(two).cut();
    await nextEvent(two, 'statechange');
    live.abort();
    away.abort();
    expect([one.state, two.state]).to.deep.equal(['ended', 'ended']);
    await world.settle();
    expect(await world.session(speaker.sessionId)).to.include({ listenerCount: 0 });
    expect((await failureOf(one.changeLanguage('fr'))).code).to.equal('SESSION_OVER');
  });

  it('changes the language in its place, and keeps the old one when the new is refused', async () => {
    const speaker = await world.speak('ruth');
    const listener = await world.join(speaker.sessionId);
    const attempts = world.network.attempts;
    await listener.changeLanguage('fr');
    expect(world.network.attempts).to.equal(attempts);
    expect(listener).to.include({ targetLanguage: 'fr', state: 'live' });
    expect((await failureOf(listener.changeLanguage('xx'))).name).to.equal('InvalidRequestError');
    await world.settle();
    expect(listener).to.include({ targetLanguage: 'fr', state: 'live' });
    expect(await world.session(speaker.sessionId)).to.include({ listenerCount: 1 });
  });

  it('has what the speaker wants of the audio, from the start and after each change', async () => {
    const speaker = await world.speak('ruth');
    const early = await world.join(speaker.sessionId);
    const changed = nextEvent(early, 'broadcastStateChanged');
    await speaker.setBroadcastState({ paused: true, volume: 0.5 });
    const expected = { paused: true, muted: false, volume: 0.5 };
    expect(await changed).to.deep.equal(expected);
    const late = await world.join(speaker.sessionId, { joinKey: speaker.joinKey });
    expect([speaker.broadcastState, late.broadcastState]).to.deep.equal([expected, expected]);
  });

  it('is replaced by another client of the same speaker that takes the session over', async () => {
    const first = await world.speak('ruth');
    const { sessionId } = first;
    const ended = nextEvent(first, 'ended');
    expect(await failureOf(world.speak('ruth', { resume: { sessionId } }))).to.include({ code: 'SPEAKER_REPLACED' });
    const second = await world.speak('ruth', { resume: { sessionId, takeOver: true } });
    expect(await ended).to.deep.equal({ reason: 'replaced' });
    await world.settle();
    expect(await world.session(sessionId)).to.include({ state: 'active' });
    await second.end();
    expect(await world.session(sessionId)).to.include({ state: 'ended' });
  });

  it('ends a session although its token has expired, with a fresh one', async () => {
    const speaker = await world.speak('ruth', {
      getToken: ({ refresh }) => world.token('ruth', refresh ? 7200 : 3),
    });
    const listener = await world.join(speaker.sessionId);
    const ended = nextEvent(listener, 'ended');
    await world.pass(5000);
    await speaker.end();
    expect(await ended).to.deep.equal({ reason: 'speakerEnded' });
  });

  it('comes back sooner when the network does', async () => {
    const network = { global: new EventTarget() };
    const speaker = await world.speak('ruth');
    const listener = await world.join(speaker.sessionId, { network, random: () => 0.999 });
    const delays: number[] = [];
    listener.on('retry', ({ delayMs }) => delays.push(Math.round(delayMs / 1000)));
    world.network.admission = 'refuse';
    world.passageOf(listener).cut();
    while (delays.length < 4) await world.pass(2000);
    world.network.admission = 'pass';
    network.global.dispatchEvent(new Event('online'));
    await world.settle();
    expect(delays).to.deep.equal([10, 20, 30, 30, 5]);
    expect(listener.state).to.equal('live');
  });
});

describe('a full session', () => {
  it('is full for who comes, and not for who comes back', async () => {
    const world = await World.start({ variables: { max_listeners_per_session: '1' } });
    const speaker = await world.speak('ruth');
    const listener = await world.join(speaker.sessionId);
    expect(await failureOf(world.join(speaker.sessionId))).to.include({ name: 'SessionFullError' });
    await world.pass(31_000);
    world.passageOf(listener).blackhole();
    const states = statesOf(listener);
    while (states.length === 0) await world.pass(1000);
    await world.settle();
    expect(states).to.deep.equal(['reconnecting', 'live']);
    await world.stop();
  });
});

describe('a refresh', () => {
  // Every six minutes a heartbeat, so that hours pass in a few of them.
  const variables = {
    heartbeat_interval_seconds: '360',
    heartbeat_timeout_seconds: '1800',
    speaker_grace_seconds: '600',
  };

  // Time passes by the minute here, and a heartbeat may be as late.
  const limits = { idleTimeoutMs: 3_600_000 };

  /** With a token that outlasts the connection. */
  const speakForHours = (world: World) => world.speak('ruth', { getToken: () => world.token('ruth', 36_000) });

  async function passUntil(world: World, isSo: () => boolean): Promise<void> {
    for (let step = 0; step < 130 && !isSo(); step++) await world.pass(MINUTE_MS);
    expect(isSo()).to.equal(true);
  }

  it('happens when the service asks, without anybody noticing; the old connections close', async () => {
    const world = await World.start({ variables, limits });
    const speaker = await speakForHours(world);
    const listener = await world.join(speaker.sessionId);
    const reasons: string[] = [];
    speaker.on('statechange', ({ to, reason }) => reasons.push(`${to}: ${reason}`));
    listener.on('statechange', ({ to, reason }) => reasons.push(`${to}: ${reason}`));
    await passUntil(world, () => reasons.length >= 4);
    await world.settle();
    expect(reasons.sort()).to.deep.equal([
      'live: refreshed',
      'live: refreshed',
      'refreshing: the service asked for it',
      'refreshing: the service asked for it',
    ]);
    expect(world.stack.gateway.connections()).to.have.length(2);
    expect(await world.session(speaker.sessionId)).to.include({ state: 'active', listenerCount: 1 });
    await world.stop();
  });

  it("happens by the client's own clock when the notice is lost", async () => {
    const rule = { call: { operation: 'PostToConnection', function: '*heartbeat*' }, do: 'gone' } as const;
    const world = await World.start({ variables, limits, faults: { rules: [rule] } });
    const speaker = await speakForHours(world);
    const reasons: string[] = [];
    speaker.on('statechange', ({ to, reason }) => reasons.push(`${to}: ${reason}`));
    await passUntil(world, () => reasons.length >= 2);
    expect(reasons).to.deep.equal(['refreshing: the connection is old', 'live: refreshed']);
    await world.stop();
  });

  it('is tried again with growing pauses, and nothing is lost if it works before the end', async () => {
    const world = await World.start({ variables, limits });
    const speaker = await speakForHours(world);
    const listener = await world.join(speaker.sessionId, { random: () => 0.999 });
    const states = statesOf(listener);
    const delays: number[] = [];
    listener.on('retry', ({ delayMs }) => delays.push(Math.round(delayMs / 1000)));
    for (let step = 0; step < 98; step++) await world.pass(MINUTE_MS);
    world.network.admission = 'refuse';
    await passUntil(world, () => delays.length >= 5);
    world.network.admission = 'pass';
    await passUntil(world, () => states.length >= 2);
    expect(delays.slice(0, 5)).to.deep.equal([2, 4, 8, 16, 32]);
    expect(states).to.deep.equal(['refreshing', 'live']);
    expect(await world.session(speaker.sessionId)).to.include({ state: 'active' });
    await world.stop();
  });
});
