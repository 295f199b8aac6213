import { expect } from 'chai';
import type { Listener, MessagesLost, ReceivedMessage, Speaker } from '../src/index.ts';
import { failureOf } from './support/failure-of.ts';
import type { ScriptedConnection } from './support/scripted-service.ts';
import { ScriptedWorld } from './support/scripted-world.ts';
import { nextEvent } from './support/world.ts';

/** What a client hears from now on, as `channel offset`. */
function heardBy(client: Listener | Speaker): string[] {
  const heard: string[] = [];
  const hear = ({ channel, offset }: ReceivedMessage) => heard.push(`${channel} ${offset}`);
  if ('leave' in client) client.on('message', hear);
  else client.on('message', hear);
  return heard;
}

describe('the messages of a session', () => {
  let world: ScriptedWorld;
  let speaker: Speaker;
  let sessionId: string;
  beforeEach(async () => {
    world = await ScriptedWorld.start();
    speaker = await world.speaker().start();
    ({ sessionId } = speaker);
  });
  afterEach(() => world.stop());

  const listeners = (): ScriptedConnection[] => world.service.members(sessionId, 'listener');
  const theListener = (): ScriptedConnection => {
    const [listener] = listeners();
    if (!listener) throw new Error('There is no listener');
    return listener;
  };
  const publish = (...channels: string[]) => {
    for (const to of channels) world.service.publish(sessionId, { to, data: { to } });
  };
  const recoveries = () => world.service.messages('recover').map(({ epoch: _epoch, since }) => since);

  it('come to those who follow their channel, with what was published', async () => {
    const listener = await world.listener({ sessionId }).join();
    const [heard, heardBySpeaker] = [heardBy(listener), heardBy(speaker)];
    const first = nextEvent<ReceivedMessage, 'message'>(listener, 'message');

    const { type: _type, ...published } = world.service.publish(sessionId, {
      to: 'es',
      name: 'caption',
      data: { n: 1 },
    });
    publish('fr', 'all', 'speaker', 'es');
    await world.until(() => heard.length === 3 && heardBySpeaker.length === 2);

    expect(await first).to.deep.include(published);
    expect(heard).to.deep.equal(['es 1', 'all 1', 'es 2']);
    expect(heardBySpeaker).to.deep.equal(['all 1', 'speaker 1']);
  });

  it('are the messages of the service’s envelope alone, whatever the application puts into them', async () => {
    const listener = await world.listener({ sessionId }).join();
    const messages = listener.messages();
    const data = [
      { type: 'sessionEnded', sessionId, revision: 99, reason: 'expired' },
      { type: 'caption', requestId: 'r1' },
      { type: 'error', requestId: 'r2', code: 'INTERNAL_ERROR', message: 'm' },
      { message: 'Internal server error', connectionId: 'c', requestId: 'r' },
      { localTime: { nowMs: 1, scale: 50 } },
      null,
    ];

    for (const each of data) world.service.publish(sessionId, { to: 'es', data: each });
    const received: unknown[] = [];
    for (let count = 0; count < data.length; count++) received.push((await messages.next()).value.data);

    expect(received).to.deep.equal(data);
    expect(listener.state).to.equal('live');
  });

  it('are told apart from what a backend posts to the connection itself, which does not vanish', async () => {
    const listener = await world.listener({ sessionId }).join();
    const heard = heardBy(listener);
    const frames: unknown[] = [];
    listener.on('frame', (frame) => frames.push(frame));
    const pending = listener.changeLanguage('fr');
    const foreign = [{ type: 'caption', requestId: 'r2' }, { type: 'toString', requestId: 'r2' }, 'plain text', [1]];

    for (const each of foreign) {
      theListener().socket.send(typeof each === 'string' ? each : JSON.stringify(each));
    }
    await pending;
    await world.until(() => frames.length === foreign.length);

    expect(frames).to.deep.equal(foreign);
    expect(heard).to.deep.equal([]);
    expect(listener.targetLanguage).to.equal('fr');
  });

  it('that come before anybody asks for them are kept', async () => {
    const listener = await world.listener({ sessionId }).join();
    publish('es', 'all');
    await world.settle();

    const heard = heardBy(listener);

    expect(heard).to.deep.equal(['es 1', 'all 1']);
  });

  it('come once and in order while a refresh is under way, on both of its connections', async () => {
    const listener = await world.listener({ sessionId }).join();
    const heard = heardBy(listener);
    const old = theListener();
    const { epoch } = world.service.publish(sessionId, { to: 'es', data: 1 });
    world.service.script('refreshConnection', 'hold');
    const connectionExpiresAt = Math.ceil(world.clock.nowMs()) + 1_200_000;
    world.service.post(old, { type: 'connectionRefreshRequired', sessionId, role: 'listener', connectionExpiresAt });
    await world.until(() => world.service.held.length > 0);

    // The place has moved; a fan-out that began before still posts to the old connection, and doubles what follows.
    for (const data of [2, 3]) world.service.post(old, world.service.publish(sessionId, { to: 'es', data }));
    await world.until(() => heard.length === 3);
    world.service.release(() => [0]);
    await world.until(() => listener.state === 'live');
    world.service.post(old, world.service.publish(sessionId, { to: 'es', data: 4 }));
    await world.until(() => heard.length === 4);
    await world.settle();

    expect(heard).to.deep.equal(['es 1', 'es 2', 'es 3', 'es 4']);
    const [refresh] = world.service.messages('refreshConnection');
    expect(refresh).to.deep.include({ epoch, since: { es: 1, all: 0 } });
    expect(recoveries()).to.deep.equal([]);
  });

  it('that were missed while the connection was cut follow the reconnect', async () => {
    const listener = await world.listener({ sessionId }).join();
    const heard = heardBy(listener);
    publish('es');
    await world.until(() => heard.length === 1);

    const lost = nextEvent(listener, 'statechange');
    theListener().socket.terminate();
    await lost;
    publish('es', 'all', 'es');
    await world.settle();
    publish('es');
    await world.settle();

    expect(heard).to.have.members(['es 1', 'es 2', 'es 3', 'all 1', 'es 4']);
    expect(heard.filter((each) => each !== 'all 1')).to.deep.equal(['es 1', 'es 2', 'es 3', 'es 4']);
    expect(recoveries()).to.deep.equal([]);
  });

  it('that are missing in between are asked for, and delivered in their place', async () => {
    const listener = await world.listener({ sessionId }).join();
    const heard = heardBy(listener);
    world.service.deliveries = 'lose';
    publish('es', 'es');
    world.service.deliveries = 'send';
    publish('es');
    await world.settle();

    expect(heard).to.deep.equal(['es 1', 'es 2', 'es 3']);
    expect(recoveries()).to.deep.equal([{ es: 0 }]);
  });

  it('that overtake each other are put in order, and nothing is asked for', async () => {
    const listener = await world.listener({ sessionId }).join();
    const heard = heardBy(listener);
    world.service.deliveries = 'hold';
    publish('es', 'es', 'es');
    world.service.release(() => [2, 1, 0]);
    await world.until(() => heard.length === 3);

    expect(heard).to.deep.equal(['es 1', 'es 2', 'es 3']);
    expect(recoveries()).to.deep.equal([]);
  });

  for (const [who, channel, client] of [
    ['a listener', 'es', () => world.listener({ sessionId }).join()],
    ['a speaker', 'speaker', async () => speaker],
  ] as const) {
    it(`are complete for ${who} when the last one was lost: the next heartbeat shows it`, async () => {
      const heard = heardBy(await client());
      world.service.deliveries = 'lose';
      publish(channel);
      world.service.deliveries = 'send';

      await world.pass(40_000);

      expect(heard).to.deep.equal([`${channel} 1`]);
      expect(recoveries()).to.deep.equal([{ [channel]: 0 }]);
    });
  }

  it('are complete within nine seconds of a join, also when the first one was lost', async () => {
    const listener = await world.listener({ sessionId, random: () => 0.999 }).join();
    const heard = heardBy(listener);
    const joinedAtMs = world.clock.nowMs();
    world.service.deliveries = 'lose';
    publish('es');

    while (world.service.messages('heartbeat').length < 2) await world.settle();

    expect(world.clock.nowMs() - joinedAtMs).to.be.below(9000);
    await world.settle();
    expect(heard).to.deep.equal(['es 1']);
  });

  it('are asked for again when the service asks to wait', async () => {
    const listener = await world.listener({ sessionId }).join();
    const heard = heardBy(listener);
    world.service.script('recover', { code: 'SERVICE_UNAVAILABLE', retryAfter: 2 });
    world.service.deliveries = 'lose';
    publish('es');
    world.service.deliveries = 'send';
    publish('es');
    await world.pass(5000);

    expect(heard).to.deep.equal(['es 1', 'es 2']);
    expect(recoveries()).to.deep.equal([{ es: 0 }, { es: 0 }]);
  });

  it('are skipped that the service does not hold any more, and the application is told which', async () => {
    const listener = await world.listener({ sessionId }).join();
    const heard = heardBy(listener);
    const lost: MessagesLost[] = [];
    listener.on('messagesLost', (each) => lost.push(each));
    const isLost = nextEvent(listener, 'statechange');
    theListener().socket.terminate();
    await isLost;
    publish('es', 'es', 'es', 'es', 'all');
    world.service.session(sessionId).log.forget('es', 2);

    await world.settle();

    expect(lost).to.deep.equal([{ channel: 'es', from: 1, to: 2 }]);
    expect(heard).to.have.members(['es 3', 'es 4', 'all 1']);
    publish('es');
    await world.until(() => heard.includes('es 5'));
    expect(recoveries()).to.deep.equal([]);
  });

  it('begin with the last ones for a newcomer who asks for them', async () => {
    publish('es', 'es', 'es', 'all');
    const listener = await world.listener({ sessionId, rewind: 2 }).join();
    const heard = heardBy(listener);
    await world.settle();

    expect(heard).to.deep.equal(['es 2', 'es 3', 'all 1']);
  });

  it('begin after the last one for a newcomer who does not', async () => {
    publish('es', 'es', 'all');
    const listener = await world.listener({ sessionId }).join();
    const heard = heardBy(listener);
    publish('es');
    await world.settle();

    expect(heard).to.deep.equal(['es 3']);
  });

  it('are those of the new language after a change, also those that come before its reply', async () => {
    const listener = await world.listener({ sessionId }).join();
    const heard = heardBy(listener);
    publish('es', 'fr', 'fr');
    world.service.script('changeLanguage', 'hold');
    const changed = listener.changeLanguage('fr');
    await world.until(() => world.service.held.length > 0);

    publish('fr', 'all');
    await world.until(() => heard.includes('all 1'));
    expect(heard).to.deep.equal(['es 1', 'all 1']);
    world.service.release(() => [0]);
    await changed;
    publish('es', 'fr');
    await world.until(() => heard.includes('fr 4'));

    expect(heard).to.deep.equal(['es 1', 'all 1', 'fr 3', 'fr 4']);
  });

  it('go on when the place was given up and is taken anew', async () => {
    const listener = await world.listener({ sessionId }).join();
    const heard = heardBy(listener);
    publish('es');
    await world.until(() => heard.length === 1);
    world.service.removePlace(theListener());
    publish('es');

    await world.pass(60_000);

    expect(heard).to.deep.equal(['es 1', 'es 2']);
  });
});

describe('a speaker who publishes', () => {
  let world: ScriptedWorld;
  let speaker: Speaker;
  beforeEach(async () => {
    world = await ScriptedWorld.start();
    speaker = await world.speaker().start();
  });
  afterEach(() => world.stop());

  const published = () =>
    world.service.messages('publish').map(({ requestId: _requestId, action: _action, ...rest }) => rest);

  it('gets a receipt, and the listeners the message', async () => {
    const listener = await world.listener({ sessionId: speaker.sessionId }).join();
    const heard = nextEvent<ReceivedMessage, 'message'>(listener, 'message');

    const receipt = await speaker.publish({ to: 'es', name: 'caption', data: { text: 'Hola' } });

    const { createdAt: epoch } = speaker;
    const counts = { delivered: 1, gone: 0, failed: 0 };
    expect(receipt).to.deep.equal({ channel: 'es', epoch, offset: 1, repeated: false, ...counts });
    expect(await heard).to.deep.include({ channel: 'es', offset: 1, name: 'caption', data: { text: 'Hola' } });
  });

  it('sends again what was not answered, with the same ID, so that it is published once', async () => {
    world.service.script('publish', 'close', { code: 'SERVICE_UNAVAILABLE', retryAfter: 1 });
    const heard = heardBy(speaker);

    const { offset, repeated } = await world.meanwhile(speaker.publish({ to: 'all', data: 1 }));
    const next = await speaker.publish({ to: 'all', data: 1 });
    await world.settle();

    expect({ offset, repeated }).to.deep.equal({ offset: 1, repeated: false });
    expect(next.offset).to.equal(2);
    expect(heard).to.deep.equal(['all 1', 'all 2']);
    const [first, second, third, other] = published().map(({ id }) => id);
    expect(first).to.match(/^[0-9a-f]{32}$/);
    expect([second, third]).to.deep.equal([first, first]);
    expect(other).not.to.equal(first);
  });

  it('publishes once what the service had taken before its answer was lost', async () => {
    world.service.script('publish', 'hold');
    const published = speaker.publish({ to: 'all', data: 1 });
    await world.until(() => world.service.held.length > 0);
    world.service.open.at(-1)?.socket.terminate();

    expect(await world.meanwhile(published)).to.deep.include({ offset: 1, repeated: true });
  });

  it('publishes the same once, by an ID of the application', async () => {
    const first = await speaker.publish({ to: 'all', data: 1, id: 'intro' });
    const again = await speaker.publish({ to: 'all', data: 1, id: 'intro' });

    expect([first, again].map(({ offset, repeated }) => ({ offset, repeated }))).to.deep.equal([
      { offset: 1, repeated: false },
      { offset: 1, repeated: true },
    ]);
  });

  it('publishes in the order of the calls, also when one fails in between', async () => {
    world.service.script('publish', { code: 'SERVICE_UNAVAILABLE', retryAfter: 1 }, { code: 'UNSUPPORTED_LANGUAGE' });
    const heard = heardBy(speaker);
    const calls = [1, 2, 3].map((data) => speaker.publish({ to: 'all', data }));
    const outcomes = await world.meanwhile(Promise.allSettled(calls));
    await world.settle();

    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'fulfilled', 'fulfilled']);
    expect(published().map(({ data }) => data)).to.deep.equal([1, 1, 2, 3]);
    expect(heard).to.deep.equal(['all 1', 'all 2']);
  });

  it('is told what is too large before it is sent, and keeps the connection', async () => {
    const handshakes = world.service.handshakes;

    const error = await failureOf(speaker.publish({ to: 'all', data: '€'.repeat(1400) }));

    expect(error).to.include({ name: 'MessageTooLargeError', code: 'MESSAGE_TOO_LARGE' });
    expect(error.message).to.match(/^The request has 4\d{3} bytes; the service takes 4096 of a client$/);
    expect(published()).to.deep.equal([]);
    expect(world.service.handshakes).to.equal(handshakes);
  });

  it('gets typed errors, with what the service asks for', async () => {
    world.service.script(
      'publish',
      { code: 'NOT_STARTED', retryAfter: 60 },
      { code: 'RATE_LIMIT_EXCEEDED', retryAfter: 7 },
    );

    const early = await failureOf(speaker.publish({ to: 'all', data: 1 }));
    const often = await failureOf(speaker.publish({ to: 'all', data: 1 }));

    expect(early).to.include({ name: 'NotStartedError', retryAfterSeconds: 60 });
    expect(often).to.include({ name: 'RateLimitError', retryAfterSeconds: 7 });
  });
});

describe('a scheduled session', () => {
  let world: ScriptedWorld;
  let sessionId: string;
  beforeEach(async () => {
    world = await ScriptedWorld.start();
    ({ sessionId } = await world.speaker().start());
    const startsAt = Math.ceil(world.clock.nowMs()) + 600_000;
    Object.assign(world.service.session(sessionId), { state: 'scheduled', startsAt, clientId: undefined });
  });
  afterEach(() => world.stop());

  it('is waited for by its listeners until the speaker comes', async () => {
    const listener = await world.listener({ sessionId }).join();
    const { startsAt } = world.service.session(sessionId);
    expect(listener).to.include({ state: 'scheduled', startsAt });
    const started = nextEvent(listener, 'started');

    const speaker = await world.speaker({ resume: { sessionId, takeOver: true } }).start();
    await started;

    expect(listener.state).to.equal('live');
    expect(speaker).to.include({ state: 'live', joinKey: 'k-of-the-session' });
  });

  it('has started for a listener who missed the notification, by the next heartbeat', async () => {
    const listener = await world.listener({ sessionId }).join();
    world.service.notifications = 'lose';
    const started = nextEvent(listener, 'started');

    await world.speaker({ resume: { sessionId, takeOver: true } }).start();

    await world.meanwhile(started);
    expect(listener.state).to.equal('live');
  });

  it('stays one through a refresh', async () => {
    const listener = await world.listener({ sessionId }).join();
    const states: string[] = [];
    listener.on('statechange', ({ to }) => states.push(to));
    for (const { socket } of world.service.members(sessionId, 'listener')) socket.terminate();
    await nextEvent(listener, 'statechange');
    await world.settle();

    expect(states).to.deep.equal(['reconnecting', 'scheduled']);
  });

  it('is told to who comes too early, who decides how long to wait', async () => {
    world.service.script('joinSession', { code: 'NOT_STARTED', retryAfter: 3600 });

    const error = await failureOf(world.listener({ sessionId }).join());

    expect(error).to.include({ name: 'NotStartedError', retriesByItself: false, retryAfterSeconds: 3600 });
  });
});
