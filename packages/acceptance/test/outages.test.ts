import { expect } from 'chai';
import { type System, startSystem } from '../src/index.ts';

describe('an outage', () => {
  let system: System;
  afterEach(() => system.stop());

  it('of the database is told as SERVICE_UNAVAILABLE, and is over when it is over', async () => {
    system = await startSystem({ circuit_breaker_seconds: '0.2' });
    const { sessionId, speaker } = await system.broadcast('joseph');
    const listener = await system.joined(sessionId, 'es');

    system.stack.interrupt('dynamodb');
    for (const message of [
      { action: 'heartbeat' },
      { action: 'endSession' },
      { action: 'refreshConnection', sessionId, role: 'speaker' },
    ]) {
      expect(await speaker.request(message)).to.include({ type: 'error', code: 'SERVICE_UNAVAILABLE' });
    }
    // Limits are open when they cannot be counted: a listener still gets in, and is told what is the matter.
    const newcomer = await system.listener();
    const join = { action: 'joinSession', sessionId, targetLanguage: 'fr' };
    expect(await newcomer.request(join)).to.include({ type: 'error', code: 'SERVICE_UNAVAILABLE' });

    system.stack.restore('dynamodb');
    let reply = await newcomer.request(join);
    while (reply.type === 'error' && reply.code === 'SERVICE_UNAVAILABLE') reply = await newcomer.request(join);
    expect(reply).to.include({ type: 'sessionJoined' });
    expect(await system.session(sessionId)).to.include({ state: 'active', listenerCount: 2 });
    let ended = await speaker.request({ action: 'endSession' });
    while (ended.type === 'error') ended = await speaker.request({ action: 'endSession' });
    expect(await listener.next('sessionEnded')).to.include({ sessionId });
  });

  it("of the issuer's keys is told to speakers as SERVICE_UNAVAILABLE, and lets listeners in", async () => {
    system = await startSystem();
    system.stack.interrupt('cognito-idp');
    const speaker = await system.speaker('potiphar');
    for (const message of [
      { action: 'createSession', sourceLanguage: 'en' },
      { action: 'refreshConnection', sessionId: 'faithful-shepherd-427', role: 'speaker' },
    ]) {
      expect(await speaker.request(message)).to.include({ code: 'SERVICE_UNAVAILABLE', retryAfter: 2 });
    }
    await system.listener();

    system.stack.restore('cognito-idp');
    const { sessionId } = await system.broadcast('asenath');
    await system.joined(sessionId, 'es');
  });
});
