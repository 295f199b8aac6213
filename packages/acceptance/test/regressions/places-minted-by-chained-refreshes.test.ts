import { expect } from 'chai';
import { type Client, type System, startSystem } from '../../src/index.ts';

/**
 * Defect 2. A refresh A→B, then B→C, then the first one again: it "restored" a connection whose place had moved on, so
 * that every round minted a place that was not counted: capacity 3, seven places, count 3.
 */
describe('a chain of refreshes', () => {
  let system: System;
  before(async () => {
    system = await startSystem({ max_listeners_per_session: '3' });
  });
  after(() => system.stop());

  it('moves one place, and mints none when its first step is asked for again', async () => {
    const { sessionId } = await system.broadcast('tamar');
    const move = (from: Client, to: Client) =>
      to.request({
        action: 'refreshConnection',
        sessionId,
        role: 'listener',
        previousConnectionId: system.connectionIdOf(from),
      });
    let holder = await system.joined(sessionId, 'es');
    for (let round = 0; round < 3; round++) {
      const [a, b, c] = [holder, await system.listener(), await system.listener()];
      expect(await move(a, b)).to.include({ type: 'connectionRefreshComplete' });
      expect(await move(b, c)).to.include({ type: 'connectionRefreshComplete' });
      expect(await move(a, b)).to.include({ type: 'error', code: 'NOT_IN_SESSION' });
      // The last step may be repeated: its answer was lost, say.
      expect(await move(b, c)).to.include({ type: 'connectionRefreshComplete' });
      holder = c;
      expect(await system.session(sessionId)).to.include({ listenerCount: 1, places: 3 });
      expect(await system.listenersOf(sessionId)).to.have.length(1);
    }

    await system.joined(sessionId, 'fr');
    await system.joined(sessionId, 'fr');
    const join = { action: 'joinSession', sessionId, targetLanguage: 'fr' };
    expect(await (await system.listener()).request(join)).to.include({ type: 'error', code: 'SESSION_FULL' });
    expect(await system.listenersOf(sessionId)).to.have.length(3);
    expect(await system.session(sessionId)).to.deep.include({
      listenerCount: 3,
      listenersByLanguage: { es: 1, fr: 2 },
    });
  });
});
