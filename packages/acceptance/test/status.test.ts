import { isDeepStrictEqual } from 'node:util';
import type { ServerMessage, ServerMessageOf } from '@sessions/core/protocol';
import { expect } from 'chai';
import { type Client, type System, startSystem } from '../src/index.ts';

const ask = (client: Client) => client.ask('sessionStatus', { action: 'getSessionStatus' });

/** Those that were not asked for, in the order in which they came. */
const sentTo = ({ received }: Client): ServerMessageOf<'sessionStatus'>[] =>
  received.filter((message) => message.type === 'sessionStatus').filter(({ requestId }) => requestId === undefined);

const countsOf = ({ listenerCount, listenersByLanguage }: ServerMessageOf<'sessionStatus'>) => ({
  listenerCount,
  listenersByLanguage,
});

/** Waits for a status that was not asked for and has these numbers; and it is the last one, for nothing else changes. */
async function untilTold(client: Client, counts: ReturnType<typeof countsOf>): Promise<void> {
  const isIt = (message: ServerMessage) =>
    message.type === 'sessionStatus' && message.requestId === undefined && isDeepStrictEqual(countsOf(message), counts);
  await client.take(isIt);
  expect(countsOf(sentTo(client).at(-1) as ServerMessageOf<'sessionStatus'>)).to.deep.equal(counts);
}

describe('the status of a session', () => {
  let system: System;
  afterEach(() => system.stop());

  it('tells its speaker how many listen, in which languages, and for how long it has been', async () => {
    system = await startSystem();
    const { sessionId, speaker, created } = await system.broadcast('priscilla');
    await system.broadcast('aquila');
    for (const language of ['es', 'fr', 'es', 'ja', 'es', 'fr']) await system.joined(sessionId, language);
    system.stack.clock.advance(61_000);

    const { durationSeconds, timestamp, requestId: _, ...status } = await ask(speaker);

    expect(status).to.deep.equal({
      type: 'sessionStatus',
      sessionId,
      state: 'active',
      revision: 1,
      broadcastState: { paused: false, muted: false, volume: 1 },
      listenerCount: 6,
      listenersByLanguage: { es: 3, fr: 2, ja: 1 },
      createdAt: created.createdAt,
      expiresAt: created.expiresAt,
    });
    expect(durationSeconds).to.equal(Math.floor((timestamp - created.createdAt) / 1000));
    expect(durationSeconds).to.be.at.least(61);
  });

  it('is nobody else’s to ask for', async () => {
    system = await startSystem();
    const { sessionId } = await system.broadcast('lydia');
    const listener = await system.joined(sessionId, 'es');
    const request = { action: 'getSessionStatus' };
    expect(await listener.request(request)).to.include({ type: 'error', code: 'FORBIDDEN' });
    expect(await (await system.listener()).request(request)).to.include({ type: 'error', code: 'NOT_IN_SESSION' });
    expect(await (await system.speaker('lydia')).request(request)).to.include({ code: 'NOT_IN_SESSION' });
  });

  it('can be asked for as often as a page needs, and not more often', async () => {
    system = await startSystem({ rate_limit_status_per_min: '1' });
    const { speaker } = await system.broadcast('eunice');
    await ask(speaker);
    await ask(speaker);

    const refused = await speaker.request({ action: 'getSessionStatus' });

    expect(refused).to.include({ type: 'error', code: 'RATE_LIMIT_EXCEEDED' });
    expect(refused).to.have.property('retryAfter').within(1, 60);
    system.stack.clock.advance(60_000);
    await ask(speaker);
  });

  it('is sent after listeners have come, gone or changed their language', async () => {
    system = await startSystem();
    const { sessionId, speaker } = await system.broadcast('phoebe');
    const first = await system.joined(sessionId, 'es');
    const told = await speaker.next('sessionStatus');
    expect(told).to.include({ sessionId, state: 'active' }).and.not.have.property('requestId');
    expect(countsOf(told)).to.deep.equal({ listenerCount: 1, listenersByLanguage: { es: 1 } });

    const second = await system.joined(sessionId, 'fr');
    await untilTold(speaker, { listenerCount: 2, listenersByLanguage: { es: 1, fr: 1 } });

    await second.ask('languageChanged', { action: 'changeLanguage', targetLanguage: 'ja' });
    await untilTold(speaker, { listenerCount: 2, listenersByLanguage: { es: 1, ja: 1 } });

    await first.close();
    await untilTold(speaker, { listenerCount: 1, listenersByLanguage: { ja: 1 } });
    expect(first.count('sessionStatus')).to.equal(0);
  });

  it('is sent for a crowd as a whole: few times, the last of them exact, and soon', async () => {
    system = await startSystem();
    const { sessionId, speaker } = await system.broadcast('gideon');
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => system.joined(sessionId, index % 2 === 0 ? 'es' : 'fr')),
    );
    await untilTold(speaker, { listenerCount: 40, listenersByLanguage: { es: 20, fr: 20 } });
    // One for each batch of changes, which are collected for a second.
    expect(sentTo(speaker).length).to.be.below(20);
  });

  it('goes to the connection that the speaker has moved to, from the first moment on', async () => {
    system = await startSystem();
    const { sessionId, speaker } = await system.broadcast('tabitha');
    await system.joined(sessionId, 'es');
    await speaker.next('sessionStatus');
    const next = await system.speaker('tabitha');
    await system.refresh(sessionId, 'speaker', { from: speaker, to: next });
    await untilTold(next, { listenerCount: 1, listenersByLanguage: { es: 1 } });

    const sentBefore = sentTo(speaker).length;
    await system.joined(sessionId, 'fr');

    await untilTold(next, { listenerCount: 2, listenersByLanguage: { es: 1, fr: 1 } });
    expect(await speaker.request({ action: 'getSessionStatus' })).to.include({ code: 'NOT_IN_SESSION' });
    expect(sentTo(speaker)).to.have.length(sentBefore);
  });

  it('goes to a speaker who is back after a loss, with those who have come meanwhile', async () => {
    system = await startSystem();
    const { sessionId, speaker } = await system.broadcast('silas');
    await speaker.cut();
    await system.settled();
    await system.joined(sessionId, 'es');
    const back = await system.speaker('silas');
    await back.ask('connectionRefreshComplete', { action: 'refreshConnection', sessionId, role: 'speaker' });
    expect(await back.next('sessionStatus')).to.deep.include({ state: 'active', listenersByLanguage: { es: 1 } });
  });

  it('shows the end, to the speaker who asked for it', async () => {
    system = await startSystem();
    const { sessionId, speaker } = await system.broadcast('barak');
    await system.joined(sessionId, 'es');
    await speaker.ask('sessionEnded', { action: 'endSession' });
    await system.ended(sessionId);
    const { durationSeconds } = await ask(speaker);
    system.stack.clock.advance(60_000);
    expect(await ask(speaker)).to.deep.include({
      state: 'ended',
      listenerCount: 0,
      listenersByLanguage: {},
      durationSeconds,
    });
  });
});
