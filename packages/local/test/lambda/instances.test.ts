import { expect } from 'chai';
import { setUp, stopAll } from './set-up.ts';

describe('Lambda runtime: instances', () => {
  afterEach(stopAll);

  const payloads = (outcomes: { kind: string; payload?: unknown }[]) => outcomes.map(({ payload }) => payload);

  it('uses an idle instance again instead of starting one', async () => {
    const { invoke, records } = setUp();

    expect(payloads([await invoke({ do: 'count' }), await invoke({ do: 'count' })])).to.deep.equal([1, 2]);

    const runs = records.map(({ outcome }) => 'run' in outcome && [outcome.run.instanceId, outcome.run.coldStart]);
    expect(runs).to.deep.equal([
      ['worker#1', true],
      ['worker#1', false],
    ]);
  });

  it('starts more instances for events that meet', async () => {
    const { invoke, logs, records, until } = setUp({ maxInstancesPerFunction: 3 });

    for (const name of ['a', 'b', 'c']) void invoke({ do: 'hang', name });
    await until(() => logs.length === 3);

    expect(logs.map(({ line }) => line).sort()).to.deep.equal(['hanging a', 'hanging b', 'hanging c']);
    expect(records).to.deep.equal([]);
  });

  it('lets further events wait in line when every instance is busy', async () => {
    const { invoke, records } = setUp({ maxInstancesPerFunction: 1 });

    const outcomes = await Promise.all(['a', 'b', 'c', 'd'].map((name) => invoke({ do: 'echo', name })));

    expect(payloads(outcomes).map((event) => (event as { name: string }).name)).to.deep.equal(['a', 'b', 'c', 'd']);
    expect(records.map(({ outcome }) => 'run' in outcome && outcome.run.instanceId)).to.deep.equal([
      'worker#1',
      'worker#1',
      'worker#1',
      'worker#1',
    ]);
  });

  it('throttles what exceeds the reserved concurrency, and nothing else', async () => {
    const { invoke } = setUp({ fn: { reservedConcurrency: 2 } });

    const outcomes = await Promise.all([1, 2, 3].map(() => invoke({ do: 'sleep', ms: 100 })));

    expect(outcomes.map(({ kind }) => kind)).to.deep.equal(['returned', 'returned', 'throttled']);
    expect((await invoke({ do: 'count' })).kind).to.equal('returned');
  });

  it('bounds how many events of a function run and wait, also without a reserved concurrency', async () => {
    const { invoke } = setUp({ concurrency: 3, maxInstancesPerFunction: 1 });

    const outcomes = await Promise.all([1, 2, 3, 4, 5].map(() => invoke({ do: 'count' })));

    expect(outcomes.map(({ kind }) => kind)).to.deep.equal([
      'returned',
      'returned',
      'returned',
      'throttled',
      'throttled',
    ]);
    expect((await invoke({ do: 'count' })).kind).to.equal('returned');
  });

  it('throttles everything at a reserved concurrency of 0', async () => {
    const { invoke } = setUp({ fn: { reservedConcurrency: 0 } });

    expect(await invoke({ do: 'count' })).to.deep.equal({ kind: 'throttled' });
  });

  it('can kill an instance under its event', async () => {
    const gone: string[] = [];
    const { invoke, runtime, until, logs } = setUp({ onInstanceGone: (instanceId) => gone.push(instanceId) });
    const outcome = invoke({ do: 'spin' });
    await until(() => logs.length > 0);

    expect(runtime.kill('worker#1')).to.equal(true);
    expect(gone).to.deep.equal(['worker#1']);

    const ended = await outcome;
    expect(ended.kind === 'failed' && ended.error.errorMessage).to.match(/Runtime exited with error: signal: killed$/);
    expect(runtime.kill('worker#1')).to.equal(false);
  });

  it('stops although a function never yields, and fails what ran, waited and comes', async () => {
    const { invoke, runtime, until, logs } = setUp({ maxInstancesPerFunction: 1 });
    const outcomes = [invoke({ do: 'spin' }), invoke({ do: 'echo' })];
    await until(() => logs.length > 0);

    await runtime.stop();

    expect((await Promise.all(outcomes)).map(({ kind }) => kind)).to.deep.equal(['failed', 'failed']);
    expect((await invoke({ do: 'echo' })).kind).to.equal('failed');
    await runtime.stop();
  });
});
