import { expect } from 'chai';
import { type System, startSystem } from '../src/index.ts';

describe('a session belongs to its speaker', () => {
  let system: System;
  before(async () => {
    system = await startSystem();
  });
  after(() => system.stop());

  it('another user can neither take it over nor end it', async () => {
    const { sessionId } = await system.broadcast('david');
    const listener = await system.joined(sessionId, 'es');
    const thief = await system.speaker('nabal');
    const refresh = { action: 'refreshConnection', sessionId, role: 'speaker' };
    // The answer does not even tell that there is such a session.
    expect(await thief.request(refresh)).to.include({ type: 'error', code: 'SESSION_NOT_FOUND' });
    expect(await thief.request({ action: 'endSession' })).to.include({ type: 'error', code: 'NOT_IN_SESSION' });

    // Nor with a session of the thief's own.
    const other = await system.broadcast('joab');
    expect(await other.speaker.request(refresh)).to.include({ type: 'error', code: 'SESSION_NOT_FOUND' });
    await other.speaker.ask('sessionEnded', { action: 'endSession' });
    expect(await system.session(sessionId)).to.include({ state: 'active', listenerCount: 1 });
    expect(listener.count('sessionEnded')).to.equal(0);
  });

  it('a listener cannot end it, nor become its speaker', async () => {
    const { sessionId } = await system.broadcast('jonathan');
    const listener = await system.joined(sessionId, 'es');
    expect(await listener.request({ action: 'endSession' })).to.include({ type: 'error', code: 'FORBIDDEN' });
    const refresh = { action: 'refreshConnection', sessionId, role: 'speaker' };
    expect(await listener.request(refresh)).to.include({ type: 'error', code: 'UNAUTHORIZED' });
    expect((await system.session(sessionId))?.state).to.equal('active');
  });

  it("a listener cannot take over another session's connection, the speaker's, or one that is already taken over", async () => {
    const first = await system.broadcast('samuel');
    const second = await system.broadcast('eli');
    const inFirst = await system.joined(first.sessionId, 'es');
    const intruder = await system.listener();
    const refresh = (sessionId: string, previousConnectionId: string) =>
      intruder.request({ action: 'refreshConnection', sessionId, role: 'listener', previousConnectionId });

    expect(await refresh(second.sessionId, system.connectionIdOf(inFirst))).to.include({ code: 'NOT_IN_SESSION' });
    expect(await refresh(first.sessionId, system.connectionIdOf(first.speaker))).to.include({ code: 'NOT_IN_SESSION' });
    expect(await refresh(first.sessionId, 'AAAAAAAAAAAAAAA=')).to.include({ code: 'NOT_IN_SESSION' });

    const next = await system.listener();
    await system.refresh(first.sessionId, 'listener', { from: inFirst, to: next });
    expect(await refresh(first.sessionId, system.connectionIdOf(inFirst))).to.include({ code: 'NOT_IN_SESSION' });
    expect((await system.session(first.sessionId))?.listenerCount).to.equal(1);
  });

  it('ends only on the connection that its speaker has moved to', async () => {
    const { sessionId, speaker } = await system.broadcast('hezekiah');
    const next = await system.speaker('hezekiah');
    await system.refresh(sessionId, 'speaker', { from: speaker, to: next });
    expect(await speaker.request({ action: 'endSession' })).to.include({ type: 'error', code: 'NOT_IN_SESSION' });
    expect((await system.session(sessionId))?.state).to.equal('active');
    expect(await next.request({ action: 'endSession' })).to.include({ type: 'sessionEnded' });
  });

  it('and one who ends what is over already learns how it ended', async () => {
    const { sessionId, speaker } = await system.broadcast('josiah');
    await system.forgetSession(sessionId);

    const reply = await speaker.request({ action: 'endSession' });
    expect(reply).to.include({ type: 'sessionEnded', sessionId, reason: 'expired' });
  });
});
