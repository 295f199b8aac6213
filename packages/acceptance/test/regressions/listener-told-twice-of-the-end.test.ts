import { expect } from 'chai';
import { type System, startSystem } from '../../src/index.ts';

/**
 * Defect 15. `endSession` deleted the connections itself, in batches: a batch that was throttled threw out of it, after
 * everybody had been told, and the sweeper told those who were left again.
 */
describe('the end of a session while deletions fail', () => {
  let system: System;
  afterEach(() => system.stop());

  it('is answered, and each listener is told once', async () => {
    system = await startSystem();
    const { sessionId, speaker } = await system.broadcast('samson');
    const listeners = await Promise.all(Array.from({ length: 30 }, () => system.joined(sessionId, 'es')));
    await system.faults(
      { call: { operation: 'BatchWriteItem' }, nth: [1, 2, 3, 4, 5, 6], do: 'throttle' },
      { call: { operation: 'TransactWriteItems', function: '*-deliverer' }, nth: [1, 2, 3, 5, 8], do: 'throttle' },
    );
    expect(await speaker.request({ action: 'endSession' })).to.include({
      type: 'sessionEnded',
      reason: 'speakerEnded',
    });
    expect(await system.ended(sessionId)).to.include({ listenerCount: 0 });
    expect(system.stack.faults.counters().reduce((sum, { fired }) => sum + fired, 0)).to.be.above(0);
    // Those who come after the end: the sweeper, twice, and one who asks again.
    for (let sweep = 0; sweep < 2; sweep++) {
      system.stack.clock.advance(91_000);
      await speaker.ask('heartbeatAck', { action: 'heartbeat' });
      await system.sweep();
    }
    expect(await speaker.request({ action: 'endSession' })).to.include({
      type: 'sessionEnded',
      reason: 'speakerEnded',
    });
    expect(await system.listenersOf(sessionId)).to.deep.equal([]);
    for (const listener of listeners) expect(listener.count('sessionEnded')).to.equal(1);
  });
});
