import { expect } from 'chai';
import { type System, startSystem } from '../../src/index.ts';

const SILENT = 400;

/**
 * Defect 10. 3,000 silent connections made a sweep run into its time limit, so that unrelated sessions were not ended in
 * time; with about 400,000 connections no sweep would have finished. Large numbers: `npm run bench`.
 */
describe('a sweep over many silent connections', () => {
  let system: System;
  afterEach(() => system.stop());

  // How much one sweep manages depends on the machine here; core's test of the sweep decides the time itself.
  it('ends sessions in the first one, and removes the silent ones in it or in the next', async () => {
    // Questions to API Gateway are spaced by time, which runs faster here, and so does the time of a sweep.
    system = await startSystem({ max_listeners_per_session: '2000' }, { timeScale: 45, computeFloorMs: 20_000 });
    const full = await system.broadcast('noah');
    await system.storeSilentListeners(full.sessionId, SILENT);
    const lost = await system.broadcast('lot');
    const listener = await system.joined(lost.sessionId, 'es');
    await lost.speaker.cut();
    await listener.next('sessionInterrupted');
    system.stack.clock.advance(31_000);

    const reports = [await sweep()];
    expect(reports[0]).to.include({ ended: 1 });
    expect(await listener.next('sessionEnded')).to.include({ reason: 'speakerLost' });
    while (!reports.at(-1)?.isComplete) reports.push(await sweep());
    expect(await system.session(full.sessionId)).to.deep.include({ listenerCount: 0, listenersByLanguage: {} });
    expect(await system.listenersOf(full.sessionId)).to.deep.equal([]);
  });

  async function sweep() {
    const [run] = await system.stack.schedules.run();
    if (run?.outcome.kind !== 'returned') throw new Error(`The sweep failed: ${JSON.stringify(run?.outcome)}`);
    return run.outcome.payload as { ended: number; isComplete: boolean };
  }
});
