import { expect } from 'chai';
import { type System, startSystem } from '../src/index.ts';

describe('the capacity of a session', () => {
  let system: System;
  before(async () => {
    system = await startSystem({ max_listeners_per_session: '50' });
  });
  after(() => system.stop());

  it('is never exceeded: of 80 who join at once, 50 get in, and one who leaves makes room for one', async () => {
    const { sessionId } = await system.broadcast('gideon');
    const listeners = await Promise.all(Array.from({ length: 80 }, () => system.listener()));
    const join = { action: 'joinSession', sessionId, targetLanguage: 'es' };
    const replies = await Promise.all(listeners.map((listener) => listener.request(join)));

    const inside = listeners.filter((_, index) => replies[index]?.type === 'sessionJoined');
    const outside = listeners.filter((_, index) => replies[index]?.type === 'error');
    expect(inside).to.have.length(50);
    expect(outside).to.have.length(30);
    for (const reply of replies) if (reply.type === 'error') expect(reply.code).to.equal('SESSION_FULL');
    expect((await system.session(sessionId))?.listenerCount).to.equal(50);

    // Asking again does not cost the ones who are in their place.
    expect(await inside[0]?.request(join)).to.include({ type: 'sessionJoined' });

    await inside[1]?.close();
    await system.settled();
    const [second, third] = outside;
    expect(await second?.request(join)).to.include({ type: 'sessionJoined', listenerCount: 50 });
    expect(await third?.request(join)).to.include({ type: 'error', code: 'SESSION_FULL' });
  });
});
