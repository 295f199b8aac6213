import { expect } from 'chai';
import { type Client, type System, startSystem } from '../../src/index.ts';

const CAPACITY = 4;

/**
 * Defect 7. The sweeper compared the count with the connections and "mended" it after two sweeps that agreed. Two sweeps
 * with different joins or refreshes in flight agreed on a wrong number, and places were sold twice, without any fault.
 */
describe('sweeps while joins and refreshes are in flight', () => {
  let system: System;
  afterEach(() => system.stop());

  it('change no numbers', async () => {
    system = await startSystem({ max_listeners_per_session: String(CAPACITY) });
    const { sessionId } = await system.broadcast('gideon');
    // Every write of a join or refresh is on its way for a while.
    await system.faults(
      { call: { service: 'dynamodb', function: '*-connection', operation: '*Item*' }, do: { latencyMs: [20, 150] } },
      { call: { service: 'dynamodb', function: '*-refresh', operation: '*Item*' }, do: { latencyMs: [20, 150] } },
    );
    let joined: Client[] = [];
    for (let round = 0; round < 3; round++) {
      const newcomers = await Promise.all(Array.from({ length: CAPACITY }, () => system.listener()));
      const moving = joined.slice(0, 2);
      const targets = await Promise.all(moving.map(() => system.listener()));
      const work = Promise.all([
        ...newcomers.map(async (newcomer) => {
          const reply = await newcomer.request({ action: 'joinSession', sessionId, targetLanguage: 'es' });
          return reply.type === 'sessionJoined' ? [newcomer] : [];
        }),
        ...moving.map(async (from, index) => {
          const to = targets[index] as Client;
          await system.refresh(sessionId, 'listener', { from, to });
          return [to];
        }),
      ]);
      let isDone = false;
      const sweeps = (async () => {
        while (!isDone) await system.sweep();
      })();
      joined = [...joined.slice(2), ...(await work).flat()];
      isDone = true;
      await sweeps;
      expect(joined.length).to.equal(CAPACITY);
      expect(await system.listenersOf(sessionId)).to.have.length(CAPACITY);
      expect(await system.session(sessionId)).to.include({ listenerCount: CAPACITY });
      // One place is free for the next round, so that joins are in flight again.
      await joined.pop()?.close();
      await system.settled();
    }
  });
});
