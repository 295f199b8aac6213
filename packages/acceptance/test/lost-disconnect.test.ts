import { expect } from 'chai';
import { startSystem } from '../src/index.ts';

describe('a `$disconnect`', () => {
  it('that never comes: the sweeper closes the connection and gives the place back', async () => {
    const system = await startSystem();
    const { sessionId } = await system.broadcast('nehemiah');
    const listener = await system.joined(sessionId, 'es');
    const staying = await system.joined(sessionId, 'fr');
    system.loseDisconnects();
    await listener.cut();
    await system.settled();
    await system.sweep();
    expect((await system.session(sessionId))?.listenerCount).to.equal(2);

    await system.silence(listener);
    await system.sweep();

    expect(await system.session(sessionId)).to.include({ state: 'active', listenerCount: 1 });
    expect((await system.connections()).filter(({ role }) => role === 'listener')).to.have.length(1);
    expect(staying.count('sessionEnded')).to.equal(0);
    await system.stop();
  });

  it('closes the socket of one who is silent but still connected', async () => {
    const system = await startSystem();
    const { sessionId } = await system.broadcast('ezra');
    const silent = await system.joined(sessionId, 'es');
    await system.silence(silent);
    await system.sweep();
    expect(await silent.closed).to.include({ code: 1000 });
    await system.settled();
    expect((await system.session(sessionId))?.listenerCount).to.equal(0);
    await system.stop();
  });

  it('that comes twice, or late, changes nothing', async () => {
    const system = await startSystem();
    const { sessionId, speaker } = await system.broadcast('zerubbabel');
    const leaving = await system.joined(sessionId, 'es');
    const staying = await system.joined(sessionId, 'fr');
    system.duplicateDisconnects();
    await leaving.close();
    await system.settled();
    expect((await system.session(sessionId))?.listenerCount).to.equal(1);

    // The old speaker's `$disconnect`, twice, after the session has moved on.
    const next = await system.speaker('zerubbabel');
    await system.refresh(sessionId, 'speaker', { from: speaker, to: next });
    await speaker.close();
    await system.settled();
    expect(await system.session(sessionId)).to.include({ state: 'active', listenerCount: 1 });
    expect(staying.count('sessionEnded')).to.equal(0);
    await system.stop();
  });
});
