import { expect } from 'chai';
import { type System, startSystem } from '../src/index.ts';

describe('a change of language', () => {
  let system: System;
  before(async () => {
    system = await startSystem({ max_listeners_per_session: '2' });
  });
  after(() => system.stop());

  const change = (targetLanguage: string) => ({ action: 'changeLanguage', targetLanguage });

  it('keeps the place and the connection, also in a full session', async () => {
    const { sessionId, speaker } = await system.broadcast('apollos');
    const listener = await system.joined(sessionId, 'es');
    await system.joined(sessionId, 'fr');

    const changed = await listener.ask('languageChanged', change('ja'));
    expect(changed).to.deep.include({ sessionId, targetLanguage: 'ja', state: 'active', revision: 1 });
    expect(await system.session(sessionId)).to.deep.include({
      listenerCount: 2,
      listenersByLanguage: { ja: 1, fr: 1 },
    });
    // Asking again gives the same answer; going on soon after that does not.
    expect(await listener.request(change('ja'))).to.include({ type: 'languageChanged', targetLanguage: 'ja' });
    expect(await listener.request(change('de'))).to.include({ code: 'RATE_LIMIT_EXCEEDED', retryAfter: 1 });

    // The new language moves with the place, whatever the client says of it.
    const next = await system.listener();
    const moved = await next.ask('connectionRefreshComplete', {
      action: 'refreshConnection',
      sessionId,
      role: 'listener',
      previousConnectionId: system.connectionIdOf(listener),
      targetLanguage: 'es',
    });
    expect(moved).to.include({ targetLanguage: 'ja' });
    await next.close();
    await system.settled();
    expect(await system.session(sessionId)).to.deep.include({ listenerCount: 1, listenersByLanguage: { fr: 1 } });
    expect(speaker.count('sessionInterrupted')).to.equal(0);
  });

  it('is refused for a language that cannot be spoken, and after the end', async () => {
    const { sessionId, speaker } = await system.broadcast('aquila');
    const listener = await system.joined(sessionId, 'es');
    expect(await listener.request(change('eo'))).to.include({ code: 'UNSUPPORTED_LANGUAGE' });
    expect(await listener.request(change('Klingon!'))).to.include({ code: 'INVALID_LANGUAGE' });
    await speaker.ask('sessionEnded', { action: 'endSession' });
    await system.ended(sessionId);
    expect(await listener.request(change('fr'))).to.include({ code: 'NOT_IN_SESSION' });
  });
});
