import { expect } from 'chai';
import { type System, startSystem } from '../../src/index.ts';

/**
 * Defect 11. A join counted the place, then stored the connection, and took the place back when that failed. Under
 * throttling that failed as well, so one listener, asking again and again, used up a session: `SESSION_FULL` for all.
 */
describe('a listener who asks again and again under throttling', () => {
  let system: System;
  afterEach(() => system.stop());

  it('takes one place at most', async () => {
    system = await startSystem({ max_listeners_per_session: '3' });
    const { sessionId } = await system.broadcast('bartimaeus');
    const listener = await system.listener();
    const join = { action: 'joinSession', sessionId, targetLanguage: 'es' };
    const writes = { service: 'dynamodb', function: '*-connection', operation: '*Item*' } as const;
    await system.stack.faults.set({
      seed: 11,
      rules: [
        { name: 'throttled', call: writes, probability: 0.5, do: 'throttle' },
        { name: 'answer lost', call: writes, probability: 0.3, do: { reset: 'after' } },
      ],
    });
    for (let round = 0; round < 3; round++) {
      const replies = await Promise.all(Array.from({ length: 3 }, () => listener.request(join)));
      for (const reply of replies) {
        if (reply.type === 'error') expect(reply.code).to.equal('SERVICE_UNAVAILABLE');
      }
    }
    expect(system.stack.faults.counters().every(({ fired }) => fired > 0)).to.equal(true);
    await system.stack.faults.clear();

    const held = await system.listenersOf(sessionId);
    expect(held.length).to.be.at.most(1);
    expect(await system.session(sessionId)).to.include({ listenerCount: held.length });
    let reply = await listener.request(join);
    while (reply.type === 'error' && reply.code === 'SERVICE_UNAVAILABLE') {
      system.stack.clock.advance(10_000); // the circuit breaker
      reply = await listener.request(join);
    }
    expect(reply).to.include({ type: 'sessionJoined' });
    await system.joined(sessionId, 'fr');
    await system.joined(sessionId, 'fr');
    expect(await (await system.listener()).request(join)).to.include({ code: 'SESSION_FULL' });
  });
});
