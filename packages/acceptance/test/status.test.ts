import type { ServerMessageOf } from '@sessions/core/protocol';
import { expect } from 'chai';
import { type Client, type System, startSystem } from '../src/index.ts';

const ask = (client: Client) => client.ask('sessionStatus', { action: 'getSessionStatus' });

/** Those that nobody had asked for, in the order in which they came. */
const pushed = ({ received }: Client): ServerMessageOf<'sessionStatus'>[] =>
  received.filter((message) => message.type === 'sessionStatus').filter(({ requestId }) => requestId === undefined);

const countsOf = ({ listenerCount, listenersByLanguage }: ServerMessageOf<'sessionStatus'>) => ({
  listenerCount,
  listenersByLanguage,
});

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

  it('is pushed when listeners come and go: at once, and then not for some seconds', async () => {
    system = await startSystem({ status_push_seconds: '300' });
    const { clock } = system.stack;
    const { sessionId, speaker } = await system.broadcast('phoebe');
    const first = await system.joined(sessionId, 'es');
    const told = await speaker.next('sessionStatus');
    expect(told).to.include({ sessionId, state: 'active' }).and.not.have.property('requestId');
    expect(countsOf(told)).to.deep.equal({ listenerCount: 1, listenersByLanguage: { es: 1 } });

    await system.joined(sessionId, 'fr');
    await system.joined(sessionId, 'fr');
    expect(countsOf(await ask(speaker))).to.deep.equal({ listenerCount: 3, listenersByLanguage: { es: 1, fr: 2 } });
    expect(pushed(speaker)).to.have.length(1);

    clock.advance(300_000);
    await first.close();
    await system.settled();
    expect(countsOf(await speaker.next('sessionStatus'))).to.deep.equal({
      listenerCount: 2,
      listenersByLanguage: { fr: 2 },
    });
    await system.joined(sessionId, 'ja');
    await ask(speaker);
    expect(pushed(speaker)).to.have.length(2);
  });

  it('is pushed once for a crowd that joins at once', async () => {
    system = await startSystem({ status_push_seconds: '300' });
    const { sessionId, speaker } = await system.broadcast('gideon');
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => system.joined(sessionId, index % 2 === 0 ? 'es' : 'fr')),
    );
    const status = await ask(speaker);
    expect(pushed(speaker)).to.have.length(1);
    expect(pushed(speaker)[0]?.listenerCount).to.be.within(1, 40);
    expect(countsOf(status)).to.deep.equal({ listenerCount: 40, listenersByLanguage: { es: 20, fr: 20 } });
  });

  it('is pushed by each sweep, which so brings what came last; and by nothing else, if that is switched off', async () => {
    system = await startSystem({ status_push_seconds: '0' });
    const { sessionId, speaker } = await system.broadcast('junia');
    const { speaker: other } = await system.broadcast('andronicus');
    const listener = await system.joined(sessionId, 'es');
    await system.joined(sessionId, 'fr');
    await listener.close();
    await system.settled();
    await ask(speaker);
    expect(pushed(speaker)).to.deep.equal([]);

    await system.sweep();

    expect(countsOf(await speaker.next('sessionStatus'))).to.deep.equal({
      listenerCount: 1,
      listenersByLanguage: { fr: 1 },
    });
    expect(countsOf(await other.next('sessionStatus'))).to.deep.equal({ listenerCount: 0, listenersByLanguage: {} });
    expect(listener.count('sessionStatus')).to.equal(0);
  });

  it('goes to the connection that the speaker has moved to, from the first moment on', async () => {
    system = await startSystem({ status_push_seconds: '300' });
    const { sessionId, speaker } = await system.broadcast('tabitha');
    await system.joined(sessionId, 'es');
    await speaker.next('sessionStatus');
    const next = await system.speaker('tabitha');
    await system.refresh(sessionId, 'speaker', { from: speaker, to: next });
    expect(countsOf(await next.next('sessionStatus'))).to.deep.equal({
      listenerCount: 1,
      listenersByLanguage: { es: 1 },
    });

    system.stack.clock.advance(300_000);
    await system.joined(sessionId, 'fr');

    expect(countsOf(await next.next('sessionStatus'))).to.deep.include({ listenerCount: 2 });
    expect(await speaker.request({ action: 'getSessionStatus' })).to.include({ code: 'NOT_IN_SESSION' });
    expect(pushed(speaker)).to.have.length(1);
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

  it('shows on a connection that was left behind, too, that the session waits for its speaker, and its end', async () => {
    system = await startSystem();
    const { sessionId, speaker } = await system.broadcast('barak');
    const listener = await system.joined(sessionId, 'es');
    const { faults } = system.stack;
    // The move gets no further than to the new connection: the old one is not forgotten.
    await faults.set({
      rules: [{ call: { service: 'dynamodb', function: '*', operation: 'DeleteItem' }, do: { error: 500 } }],
    });
    const lost = await system.speaker('barak');
    const refresh = { action: 'refreshConnection', sessionId, role: 'speaker' };
    expect(await lost.request(refresh)).to.include({ type: 'error', code: 'SERVICE_UNAVAILABLE' });
    await faults.clear();
    await lost.cut();
    await listener.next('sessionInterrupted');

    expect(await ask(speaker)).to.include({ state: 'interrupted', listenerCount: 1 });

    system.stack.clock.advance(31_000);
    await system.sweep();
    await listener.next('sessionEnded');
    expect(await ask(speaker)).to.deep.include({ state: 'ended', listenerCount: 0, listenersByLanguage: {} });
  });
});
