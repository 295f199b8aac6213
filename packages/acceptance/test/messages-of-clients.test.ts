import { createPublisher } from '@sessions/backend';
import {
  connectSpeaker,
  joinAsListener,
  type Listener,
  type MessagesLost,
  type ReceivedMessage,
  type Speaker,
} from '@sessions/client';
import { expect } from 'chai';
import { type System, startSystem } from '../src/index.ts';

const ENDPOINT = 'AWS_ENDPOINT_URL_LAMBDA';

/** What a client hears of each channel, and how often it has moved to another connection. */
interface Ear {
  readonly heard: Record<string, number[]>;
  readonly data: unknown[];
  readonly lost: MessagesLost[];
  moves: number;
}

/** The SDK with the real stack: publishing by the speaker and by a backend, while connections move and break. */
describe('what is published in a session', () => {
  const endpoint = process.env[ENDPOINT];
  let system: System;
  let speaker: Speaker;
  const listeners: Listener[] = [];
  beforeEach(async () => {
    system = await startSystem({
      // A heartbeat a second, and a refresh with the first one after three seconds.
      heartbeat_interval_seconds: '1',
      rate_limit_heartbeats_per_min: '600',
      rate_limit_publish_per_min: '6000',
      connection_refresh_minutes: '0.05',
    });
    process.env[ENDPOINT] = system.stack.endpoint;
    const getToken = () => system.token({ username: 'phoebe' });
    speaker = await connectSpeaker({ url: system.stack.webSocketUrl, getToken, sourceLanguage: 'en' });
  });
  afterEach(async () => {
    if (endpoint === undefined) delete process.env[ENDPOINT];
    else process.env[ENDPOINT] = endpoint;
    await Promise.all(listeners.splice(0).map((listener) => listener.leave()));
    await speaker?.end();
    await system?.stop();
  });

  async function listen(targetLanguage: string): Promise<Listener> {
    const url = system.stack.webSocketUrl;
    // Back soon after a cut.
    const timing = { reconnect: { baseMs: 200, maxMs: 2000 } };
    const { sessionId, joinKey } = speaker;
    const listener = await joinAsListener({ url, sessionId, joinKey, targetLanguage, timing });
    listeners.push(listener);
    return listener;
  }

  function earOf(client: Listener | Speaker): Ear {
    const ear: Ear = { heard: {}, data: [], lost: [], moves: 0 };
    const hear = ({ channel, offset, data }: ReceivedMessage) => {
      ear.heard[channel] = [...(ear.heard[channel] ?? []), offset];
      ear.data.push(data);
    };
    // The two have different events, and these in common.
    const events = client as Pick<Listener, 'on'>;
    events.on('message', hear);
    events.on('messagesLost', (lost) => ear.lost.push(lost));
    events.on('statechange', ({ to, reason }) => {
      if (to === 'live' && reason === 'refreshed') ear.moves++;
    });
    return ear;
  }

  const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

  const backend = () => {
    const { stack, credentials } = system.stack;
    const functionName = String(stack.outputs.publisher_function_name);
    return createPublisher({ functionName, region: stack.region, credentials });
  };

  it('reaches each client once and in order, while their connections are refreshed and cut', async () => {
    const { sessionId } = speaker;
    const [spanish, french, french2] = [await listen('es'), await listen('fr'), await listen('fr')];
    const ears = [spanish, french, french2].map(earOf);
    const speakersEar = earOf(speaker);
    const publisher = backend();
    const last = { es: 0, fr: 0, all: 0, speaker: 0 };
    let isOver = false;
    const publishing = async (to: keyof typeof last, publish: (data: object) => Promise<{ offset: number }>) => {
      while (!isOver) last[to] = Math.max(last[to], (await publish({ to, at: last[to] })).offset);
    };
    const published = [
      publishing('es', (data) => publisher.publish({ sessionId, to: 'es', data })),
      publishing('es', (data) => publisher.publish({ sessionId, to: 'es', data })),
      publishing('fr', (data) => speaker.publish({ to: 'fr', name: 'caption', data })),
      publishing('all', (data) => publisher.publish({ sessionId, to: 'all', data })),
      publishing('speaker', (data) => publisher.publish({ sessionId, to: 'speaker', data })),
    ];

    await system.until(() => [...ears, speakersEar].every(({ moves }) => moves >= 1));
    for (const { connectionId } of await system.listenersOf(sessionId)) system.stack.gateway.cut(connectionId);
    await system.until(() => [...ears, speakersEar].every(({ moves }) => moves >= 3));
    isOver = true;
    await Promise.all(published);
    const isComplete = (ear: Ear, ...channels: (keyof typeof last)[]) =>
      channels.every((channel) => (ear.heard[channel] ?? []).at(-1) === last[channel]);
    const [earOfSpanish, ...earsOfFrench] = ears as [Ear, ...Ear[]];
    await system.until(
      () =>
        isComplete(earOfSpanish, 'es', 'all') &&
        earsOfFrench.every((ear) => isComplete(ear, 'fr', 'all')) &&
        isComplete(speakersEar, 'speaker', 'all'),
    );

    expect(Math.min(last.es, last.fr, last.all, last.speaker)).to.be.above(10);
    expect(earOfSpanish.heard).to.deep.equal({ es: upTo(last.es), all: upTo(last.all) });
    for (const ear of earsOfFrench) expect(ear.heard).to.deep.equal({ fr: upTo(last.fr), all: upTo(last.all) });
    expect(speakersEar.heard).to.deep.equal({ speaker: upTo(last.speaker), all: upTo(last.all) });
    for (const { lost } of [...ears, speakersEar]) expect(lost).to.deep.equal([]);
  });

  it('comes late, in its place, to a client whose posts failed', async () => {
    const { sessionId } = speaker;
    const listener = await listen('es');
    const ear = earOf(listener);
    const publisher = backend();
    await system.faults({
      call: { service: 'execute-api', operation: 'PostToConnection', function: '*-deliverer' },
      nth: 1,
      do: 'gone',
    });

    const receipts = [];
    for (const data of [1, 2]) receipts.push(await publisher.publish({ sessionId, to: 'es', data }));
    await system.until(() => ear.data.length === 2);

    expect(receipts.map(({ delivered, gone }) => ({ delivered, gone }))).to.deep.include({ delivered: 0, gone: 1 });
    expect(ear).to.deep.include({ heard: { es: [1, 2] }, data: [1, 2], lost: [] });
  });

  it('is that of the new language from the change on', async () => {
    const { sessionId } = speaker;
    const listener = await listen('es');
    const ear = earOf(listener);
    const publisher = backend();
    for (const to of ['es', 'fr', 'fr']) await publisher.publish({ sessionId, to, data: to });
    await system.until(() => ear.data.length === 1);

    await listener.changeLanguage('fr');
    for (const to of ['es', 'fr']) await publisher.publish({ sessionId, to, data: to });
    await system.until(() => ear.data.length === 2);

    expect(ear.heard).to.deep.equal({ es: [1], fr: [3] });
  });
});
