import { type FaultRule, readFaultPlan } from '@sessions/local';
import { expect } from 'chai';
import { type System, startSystem } from '../src/index.ts';

describe('the example of a fault plan', () => {
  let system: System;
  before(async () => {
    system = await startSystem();
  });
  after(() => system.stop());

  it('has no rule that an ordinary session does not meet', async () => {
    const { rules } = await readFaultPlan(new URL('../../../docs/faults.example.json', import.meta.url).pathname);
    // Counted, and never fired (but for what always fires): a pattern that names nothing counts nothing.
    const always = (rule: FaultRule) => 'index' in rule || 'stream' in rule;
    await system.stack.faults.set({ rules: rules.map((rule) => (always(rule) ? rule : { ...rule, probability: 0 })) });

    const { sessionId, speaker } = await system.broadcast('shadrach');
    await system.joined(sessionId, 'es');
    await (await system.joined(sessionId, 'fr')).cut();
    await system.settled();
    await speaker.ask('sessionEnded', { action: 'endSession' });
    await system.ended(sessionId);

    const unmet = system.stack.faults.counters().filter(({ matched }) => matched === 0);
    expect(unmet.map(({ name }) => name)).to.deep.equal([]);
  });
});
