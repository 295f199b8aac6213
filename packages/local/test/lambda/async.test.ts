import { expect } from 'chai';
import { functionArn } from '../fixtures/functions.ts';
import { role, setUp, stopAll } from './set-up.ts';

describe('Lambda runtime: asynchronous events', () => {
  afterEach(stopAll);

  const enqueue = ({ runtime }: ReturnType<typeof setUp>, event: unknown) =>
    runtime.invokeAsync(functionArn('worker'), event, role);

  it('run without anyone waiting', async () => {
    const world = setUp();

    enqueue(world, { do: 'echo' });
    await world.until(() => world.records.length === 1);

    expect(world.records[0]).to.include({ kind: 'async', attempt: 1 });
    expect(world.records[0]?.outcome).to.include({ kind: 'returned', payloadJson: '{"do":"echo"}' });
  });

  it('are tried three times under one request id, then dropped', async () => {
    const world = setUp();

    enqueue(world, { do: 'throw' });
    await world.until(() => world.dropped.length === 1);

    expect(world.records.map(({ attempt }) => attempt)).to.deep.equal([1, 2, 3]);
    expect(new Set(world.records.map(({ requestId }) => requestId)).size).to.equal(1);
    expect(world.dropped).to.deep.equal([
      {
        functionName: 'worker',
        requestId: world.records[0]?.requestId,
        reason: 'retriesExhausted',
        attempts: 3,
        event: { do: 'throw' },
      },
    ]);
  });

  it('are not tried again after a success', async () => {
    const source = 'let n = 0; export const handler = () => { if (++n === 1) throw new Error("once"); return n; };';
    const world = setUp({ source });

    enqueue(world, {});
    await world.until(() => world.records.length === 2);

    expect(world.records.map(({ outcome }) => outcome.kind)).to.deep.equal(['failed', 'returned']);
    expect(world.dropped).to.deep.equal([]);
  });

  it('are tried as often as the function is configured for', async () => {
    const world = setUp({ fn: { asyncInvoke: { maximumRetryAttempts: 0, maximumEventAgeSeconds: 60 } } });

    enqueue(world, { do: 'throw' });
    await world.until(() => world.dropped.length === 1);

    expect(world.records.length).to.equal(1);
    expect(world.dropped[0]).to.include({ reason: 'retriesExhausted', attempts: 1 });
  });

  it('are dropped when the next attempt would come after their greatest age', async () => {
    const world = setUp({
      fn: { asyncInvoke: { maximumRetryAttempts: 2, maximumEventAgeSeconds: 60 } },
      asyncRetryDelaysMs: [61_000, 120_000],
    });

    enqueue(world, { do: 'throw' });
    await world.until(() => world.dropped.length === 1);

    expect(world.dropped[0]).to.include({ reason: 'eventAgeExceeded', attempts: 1 });
  });

  it('wait out a throttle without losing an attempt', async () => {
    const delays: number[] = [];
    const timers: (() => void)[] = [];
    const world = setUp({
      fn: { reservedConcurrency: 0 },
      clock: {
        nowMs: () => 0,
        setTimer: (callback, delayMs) => {
          delays.push(delayMs);
          timers.push(callback);
          return () => undefined;
        },
      },
    });

    enqueue(world, { do: 'echo' });
    for (const seen of [1, 2, 3]) {
      await world.until(() => world.records.length === seen);
      await new Promise(setImmediate);
      timers.at(-1)?.();
    }
    await world.until(() => world.records.length === 4);

    expect(delays.slice(0, 3)).to.deep.equal([1000, 2000, 4000]);
    expect(world.records.every(({ attempt }) => attempt === 1)).to.equal(true);
  });

  it('are refused above 1 MB', async () => {
    const world = setUp();

    enqueue(world, 'x'.repeat(1_048_575));

    expect(world.dropped.map(({ reason }) => reason)).to.deep.equal(['tooLarge']);
  });

  it('of an unknown function or a source without permission are dropped and told', async () => {
    const world = setUp();

    world.runtime.invokeAsync(functionArn('stranger'), {}, role);
    world.runtime.invokeAsync(functionArn('worker'), {}, { principal: 'events.amazonaws.com' });

    expect(world.dropped.map(({ reason }) => reason)).to.deep.equal(['noSuchFunction', 'forbidden']);
  });
});
