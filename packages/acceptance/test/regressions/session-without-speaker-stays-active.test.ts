import { expect } from 'chai';
import { type System, startSystem } from '../../src/index.ts';

/**
 * Defect 13. A session whose speaker was gone stayed active: the sweeper kept one suspicion a session, for its count and
 * for its speaker, and a join or leave between two sweeps made it forget both.
 */
describe('a session whose speaker is gone without a `$disconnect`', () => {
  let system: System;
  afterEach(() => system.stop());

  it('is interrupted and ended, however its listeners come and go', async () => {
    system = await startSystem();
    const { clock } = system.stack;
    const { sessionId, speaker } = await system.broadcast('eli');
    const staying = await system.joined(sessionId, 'es');
    system.loseDisconnects();
    await speaker.cut();
    await system.settled();

    const states: string[] = [];
    for (let sweep = 0; sweep < 12 && states.at(-1) !== 'ended'; sweep++) {
      clock.advance(20_000);
      if (states.at(-1) !== 'ended') await staying.ask('heartbeatAck', { action: 'heartbeat' });
      await system.joined(sessionId, sweep % 2 === 0 ? 'fr' : 'de');
      await system.sweep();
      states.push(String((await system.session(sessionId))?.state));
    }

    // 90 s of silence, then 30 s of grace, seen every 20 s.
    expect(states).to.deep.equal([...Array(4).fill('active'), ...Array(2).fill('interrupted'), 'ended']);
    expect(await staying.next('sessionEnded')).to.include({ reason: 'speakerLost' });
  });
});
