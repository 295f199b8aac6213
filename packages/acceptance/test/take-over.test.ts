import { expect } from 'chai';
import { type System, startSystem } from '../src/index.ts';

describe('two clients of one speaker', () => {
  let system: System;
  before(async () => {
    system = await startSystem();
  });
  after(() => system.stop());

  it('do not take the session from each other, unless one says so; the other is told, for good', async () => {
    const first = await system.speaker('peter');
    const { sessionId } = await first.ask('sessionCreated', {
      action: 'createSession',
      sourceLanguage: 'en',
      clientId: 'tab-1',
    });
    const listener = await system.joined(sessionId, 'es');
    const second = await system.speaker('peter');
    const refresh = { action: 'refreshConnection', sessionId, role: 'speaker', clientId: 'tab-2' };
    expect(await second.request(refresh)).to.include({ code: 'SPEAKER_REPLACED' });
    expect(await system.session(sessionId)).to.include({ speakerConnectionId: system.connectionIdOf(first) });

    await second.ask('connectionRefreshComplete', { ...refresh, takeOver: true });
    expect(await first.next('speakerReplaced')).to.deep.equal({ type: 'speakerReplaced', sessionId, revision: 2 });
    await first.closed;
    await system.settled();
    // Coming back without a word is refused; the new client moves on as usual, and nobody was interrupted.
    const back = await system.speaker('peter');
    expect(await back.request({ ...refresh, clientId: 'tab-1' })).to.include({ code: 'SPEAKER_REPLACED' });
    const moved = await system.speaker('peter');
    await moved.ask('connectionRefreshComplete', refresh);
    expect(second.count('speakerReplaced')).to.equal(0);
    expect(await system.session(sessionId)).to.include({ state: 'active', speakerClientId: 'tab-2' });
    expect(listener.count('sessionInterrupted')).to.equal(0);
  });
});
