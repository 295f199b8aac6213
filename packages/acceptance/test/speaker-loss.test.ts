import { expect } from 'chai';
import { type System, startSystem } from '../src/index.ts';

const ON_AIR = { paused: false, muted: false, volume: 1 };

describe("a speaker's lost connection", () => {
  describe('within the grace period', () => {
    let system: System;
    before(async () => {
      system = await startSystem();
    });
    after(() => system.stop());

    it('interrupts the session, which goes on when the speaker is back', async () => {
      const { sessionId, speaker } = await system.broadcast('jonah');
      const listener = await system.joined(sessionId, 'es');

      await speaker.cut();
      expect(await listener.next('sessionInterrupted')).to.deep.equal({
        type: 'sessionInterrupted',
        sessionId,
        state: 'interrupted',
        revision: 2,
        broadcastState: ON_AIR,
        graceSeconds: 30,
      });
      await system.sweep();
      expect((await system.session(sessionId))?.state).to.equal('interrupted');

      const back = await system.speaker('jonah');
      await back.ask('connectionRefreshComplete', { action: 'refreshConnection', sessionId, role: 'speaker' });
      expect(await listener.next('sessionResumed')).to.deep.equal({
        type: 'sessionResumed',
        sessionId,
        state: 'active',
        revision: 3,
        broadcastState: ON_AIR,
      });
      await system.sweep();
      expect(await system.session(sessionId))
        .to.include({ state: 'active' })
        .and.not.have.property('interruptedAt');
      expect(listener.count('sessionEnded')).to.equal(0);
    });

    it('lets listeners join while the session waits', async () => {
      const { sessionId, speaker } = await system.broadcast('amos');
      const first = await system.joined(sessionId, 'es');
      await speaker.cut();
      await first.next('sessionInterrupted');
      const second = await system.listener();
      const joined = await second.ask('sessionJoined', { action: 'joinSession', sessionId, targetLanguage: 'fr' });
      expect(joined).to.include({ state: 'interrupted', revision: 2 });
    });

    it('ends the session at once when the speaker closed it on purpose', async () => {
      const { sessionId, speaker } = await system.broadcast('obadiah');
      const listener = await system.joined(sessionId, 'es');
      await speaker.close(1000);
      expect(await listener.next('sessionEnded')).to.include({ sessionId, reason: 'speakerLeft' });
    });
  });

  it('ends the session when nobody came back', async () => {
    const system = await startSystem({ speaker_grace_seconds: '0.2' });
    const { sessionId, speaker } = await system.broadcast('nahum');
    const listener = await system.joined(sessionId, 'es');
    await speaker.cut();
    await listener.next('sessionInterrupted');

    await system.sweepUntil(async () => (await system.session(sessionId))?.state === 'ended');

    expect(await listener.next('sessionEnded')).to.include({ sessionId, reason: 'speakerLost' });
    await system.ended(sessionId);
    expect(listener.count('sessionEnded')).to.equal(1);
    const late = await system.speaker('nahum');
    const refresh = { action: 'refreshConnection', sessionId, role: 'speaker' };
    expect(await late.request(refresh)).to.include({ type: 'error', code: 'SESSION_NOT_FOUND' });
    await system.stop();
  });

  it('ends the session at once without a grace period', async () => {
    const system = await startSystem({ speaker_grace_seconds: '0' });
    const { sessionId, speaker } = await system.broadcast('micah');
    const listener = await system.joined(sessionId, 'es');
    await speaker.cut();
    expect(await listener.next('sessionEnded')).to.include({ sessionId, reason: 'speakerLost' });
    await system.stop();
  });

  it('is noticed by silence when the platform never reports it', async () => {
    const system = await startSystem();
    const { sessionId, speaker } = await system.broadcast('haggai');
    const listener = await system.joined(sessionId, 'es');
    system.loseDisconnects();
    await speaker.cut();
    await system.silence(speaker);
    await system.sweep();
    expect(await listener.next('sessionInterrupted')).to.include({ sessionId });
    expect(await system.session(sessionId))
      .to.include({ state: 'interrupted' })
      .and.have.property('interruptedAt');
    await system.stop();
  });

  it('ends an expired session, and tells everybody', async () => {
    const system = await startSystem();
    const { sessionId, speaker } = await system.broadcast('malachi');
    const listener = await system.joined(sessionId, 'es');
    await system.expire(sessionId);
    const join = { action: 'joinSession', sessionId, targetLanguage: 'es' };
    expect(await (await system.listener()).request(join)).to.include({ type: 'error', code: 'SESSION_NOT_FOUND' });

    await system.sweep();
    expect(await listener.next('sessionEnded')).to.include({ sessionId, reason: 'expired' });
    expect(await speaker.next('sessionEnded')).to.include({ sessionId, reason: 'expired' });
    await system.ended(sessionId);
    expect(await system.connections()).to.deep.equal([]);
    await system.stop();
  });
});
