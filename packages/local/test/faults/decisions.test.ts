import { expect } from 'chai';
import { systemClock } from '../../src/clock.ts';
import { type FaultableCall, Faults } from '../../src/faults/faults.ts';
import type { CallFault, FaultPlan, FaultRecord } from '../../src/faults/plan.ts';

const update: FaultableCall = {
  service: 'dynamodb',
  operation: 'UpdateItem',
  functionName: 'app-dev-connection',
  instanceId: 'app-dev-connection#1',
  resources: ['arn:aws:dynamodb:us-east-1:000000000000:table/app-dev-Sessions'],
};

async function setUp(plan: FaultPlan) {
  const records: FaultRecord[] = [];
  const killed: string[] = [];
  const faults = new Faults({
    onFault: (record) => records.push(record),
    kill: (instanceId) => killed.push(instanceId),
    lagIndexes: async () => {},
    delayStreams: () => {},
    holdTransactions: () => {},
    limitPages: () => {},
    clock: systemClock,
  });
  await faults.set(plan);
  /** At which of so many calls something happens, from 1. */
  const firedAt = (calls: number, call = update): number[] =>
    Array.from({ length: calls }, (_, at) => (faults.forCall(call) ? at + 1 : 0)).filter((at) => at > 0);
  return { faults, records, killed, firedAt };
}

describe('The rules of a fault plan', () => {
  it('fire at the calls they count', async () => {
    const at = async (timing: object) => (await setUp({ rules: [{ call: {}, do: 'throttle', ...timing }] })).firedAt(9);

    expect(await at({})).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await at({ nth: 2 })).to.deep.equal([2]);
    expect(await at({ nth: [1, 8] })).to.deep.equal([1, 8]);
    expect(await at({ every: 4 })).to.deep.equal([4, 8]);
    expect(await at({ times: 2 })).to.deep.equal([1, 2]);
    expect(await at({ every: 2, times: 3 })).to.deep.equal([2, 4, 6]);
    expect(await at({ probability: 0 })).to.deep.equal([]);
  });

  it('draw the same each time, and otherwise with another seed', async () => {
    const draw = async (seed: number) =>
      (await setUp({ seed, rules: [{ call: {}, probability: 0.3, do: 'throttle' }] })).firedAt(1000);

    const drawn = await draw(7);

    expect(await draw(7)).to.deep.equal(drawn);
    expect(await draw(8)).not.to.deep.equal(drawn);
    expect(drawn.length).to.be.within(250, 350);
  });

  it('do not depend on what other rules and calls do in between', async () => {
    const rule = { name: 'r', call: { operation: 'UpdateItem' }, probability: 0.3, do: 'throttle' } as const;
    const alone = await setUp({ rules: [rule] });
    const crowded = await setUp({ rules: [{ call: {}, probability: 0.5, do: { latencyMs: 1 } }, rule] });

    const [expected, fired] = [alone.firedAt(200), [] as number[]];
    for (let at = 1; at <= 200; at++) {
      crowded.faults.forCall({ ...update, operation: 'GetItem' });
      if (crowded.faults.forCall(update)?.fault === 'throttle') fired.push(at);
    }

    expect(fired).to.deep.equal(expected);
  });

  it('match by service, operation, function and resource', async () => {
    const matches = async (call: object, target: FaultableCall = update) =>
      (await setUp({ rules: [{ call, do: 'throttle' }] })).firedAt(1, target).length === 1;
    const { functionName: _, instanceId: __, ...byOperator } = update;

    expect(await matches({ service: 'dynamodb' })).to.equal(true);
    expect(await matches({ service: 'lambda' })).to.equal(false);
    expect(await matches({ operation: 'Update*' })).to.equal(true);
    expect(await matches({ operation: 'Get*' })).to.equal(false);
    expect(await matches({ function: '*-connection' })).to.equal(true);
    expect(await matches({ function: '*-sweeper' })).to.equal(false);
    expect(await matches({ function: '*' }, byOperator)).to.equal(false);
    expect(await matches({ resource: '*Sessions' })).to.equal(true);
    expect(await matches({ resource: '*Connections' })).to.equal(false);
    expect(await matches({}, byOperator)).to.equal(true);
  });

  it('match no call that their fault is not for', async () => {
    const matches = async (fault: CallFault, call: Partial<FaultableCall>) =>
      (await setUp({ rules: [{ call: {}, do: fault }] })).firedAt(1, { ...update, ...call }).length === 1;
    const { instanceId: _, ...byOperator } = update;
    const operator = await setUp({ rules: [{ call: {}, do: { kill: 'after' } }] });

    expect(await matches('gone', {})).to.equal(false);
    expect(await matches('gone', { service: 'execute-api' })).to.equal(true);
    expect(await matches({ stallMs: 1 }, {})).to.equal(false);
    expect(await matches('bufferFull', { service: 'lambda' })).to.equal(false);
    expect(operator.firedAt(1, byOperator)).to.deep.equal([]);
    expect(operator.faults.counters()).to.deep.equal([{ rule: 0, matched: 0, fired: 0 }]);
  });

  it('add up their latencies; of the rest the first one happens', async () => {
    const { faults, records } = await setUp({
      rules: [
        { call: {}, do: { latencyMs: 10 } },
        { call: {}, do: 'throttle' },
        { call: {}, do: { error: 500 } },
        { name: 'slow', call: {}, do: { latencyMs: 5 } },
      ],
    });

    expect(faults.forCall(update)).to.deep.equal({ latencyMs: 15, fault: 'throttle' });
    expect(records.map(({ rule, name, fault }) => [rule, name, fault])).to.deep.equal([
      [0, undefined, { latencyMs: 10 }],
      [1, undefined, 'throttle'],
      [3, 'slow', { latencyMs: 5 }],
    ]);
  });

  it('draw durations from their range, and tell what they drew', async () => {
    const { faults, records } = await setUp({ rules: [{ call: {}, do: { latencyMs: [10, 12] } }] });

    const drawn = Array.from({ length: 100 }, () => faults.forCall(update)?.latencyMs);

    expect([...new Set(drawn)].sort()).to.deep.equal([10, 11, 12]);
    expect(records.map(({ fault }) => fault)).to.deep.equal(drawn.map((latencyMs) => ({ latencyMs })));
    expect(records[41]).to.deep.include({ rule: 0, matched: 42, target: { kind: 'call', ...update } });
  });

  it('count anew when the plan is set again, and stop when it is cleared', async () => {
    const plan: FaultPlan = { rules: [{ name: 'second', call: {}, nth: 2, do: 'throttle' }] };
    const { faults, firedAt } = await setUp(plan);

    expect(firedAt(3)).to.deep.equal([2]);
    expect(faults.counters()).to.deep.equal([{ rule: 0, name: 'second', matched: 3, fired: 1 }]);
    await faults.set(plan);
    expect(firedAt(3)).to.deep.equal([2]);
    await faults.clear();
    expect(firedAt(3)).to.deep.equal([]);
    expect([faults.plan, faults.counters()]).to.deep.equal([undefined, []]);
  });

  it('do not replace a plan by one that is not understood', async () => {
    const plan: FaultPlan = { rules: [{ call: {}, do: 'throttle' }] };
    const { faults } = await setUp(plan);

    const refused = await faults
      .set({ rules: [{ call: {}, do: 'explode' as 'throttle' }] })
      .catch((error) => error.name);

    expect(refused).to.equal('FaultPlanError');
    expect(faults.plan).to.equal(plan);
  });

  it('let nothing of a killed instance through', async () => {
    const { faults, killed } = await setUp({ rules: [] });

    faults.kill('app-dev-connection#1');

    expect(killed).to.deep.equal(['app-dev-connection#1']);
    expect(faults.forCall(update)).to.deep.equal({ latencyMs: 0, fault: { reset: 'before' } });
    expect(faults.forCall({ ...update, instanceId: 'app-dev-connection#2' })).to.equal(undefined);
  });
});
