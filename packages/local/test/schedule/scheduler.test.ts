import { expect } from 'chai';
import type { Clock } from '../../src/clock.ts';
import type { FunctionInvoker, InvocationOutcome, InvocationSource } from '../../src/lambda/invoker.ts';
import { type ScheduleRun, startScheduler } from '../../src/schedule/scheduler.ts';
import type { Schedule } from '../../src/stack/model.ts';
import { failureOf } from '../stack/set-up.ts';

const done: InvocationOutcome = { kind: 'returned', payload: null, durationMs: 1 };
const minutely: Schedule = {
  name: 'minutely',
  arn: 'arn:aws:events:us-east-1:000000000000:rule/minutely',
  intervalMs: 60_000,
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:sweep',
  principal: 'events.amazonaws.com',
};

function setUp(schedules: readonly Schedule[], mode: 'timer' | 'manual' = 'timer') {
  const timers = new Map<number, { callback: () => void; delayMs: number }>();
  let nextTimer = 0;
  const clock: Clock = {
    nowMs: () => Date.UTC(2026, 10, 23, 12, 0, 30, 500),
    setTimer(callback, delayMs) {
      const id = nextTimer++;
      timers.set(id, { callback, delayMs });
      return () => timers.delete(id);
    },
  };
  const invocations: { functionArn: string; event: unknown; source: InvocationSource }[] = [];
  const ends: (() => void)[] = [];
  const invoker: FunctionInvoker = {
    invoke(functionArn, event, source) {
      invocations.push({ functionArn, event, source });
      return new Promise((resolve) => ends.push(() => resolve(done)));
    },
    invokeAsync: () => expect.fail('not used'),
  };
  let told: (run: ScheduleRun) => void = () => {};
  const scheduler = startScheduler({
    schedules,
    invoker,
    accountId: '000000000000',
    region: 'us-east-1',
    clock,
    mode,
    onRun: (run) => told(run),
  });
  return {
    scheduler,
    invocations,
    delays: () => [...timers.values()].map(({ delayMs }) => delayMs),
    fire() {
      for (const [id, { callback }] of [...timers]) {
        timers.delete(id);
        callback();
      }
    },
    endAll() {
      for (const end of ends.splice(0)) end();
    },
    nextRun: () =>
      new Promise<ScheduleRun>((resolve) => {
        told = resolve;
      }),
  };
}

describe('The scheduler', () => {
  it("invokes the function with EventBridge's event, in the name of the rule", async () => {
    const { scheduler, invocations, delays, fire } = setUp([minutely]);
    expect(delays()).to.deep.equal([60_000]);

    fire();

    const [{ event, ...rest } = { event: {} }] = invocations;
    expect(rest).to.deep.equal({
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:sweep',
      source: {
        principal: 'events.amazonaws.com',
        sourceArn: 'arn:aws:events:us-east-1:000000000000:rule/minutely',
      },
    });
    expect({ ...(event as object), id: '' }).to.deep.equal({
      version: '0',
      id: '',
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: '000000000000',
      time: '2026-11-23T12:00:30Z',
      region: 'us-east-1',
      resources: ['arn:aws:events:us-east-1:000000000000:rule/minutely'],
      detail: {},
    });
    expect(delays()).to.deep.equal([60_000]);
    await scheduler.stop();
  });

  it('passes over a schedule whose last run has not ended', async () => {
    const { invocations, fire, endAll, nextRun } = setUp([minutely]);
    fire();
    fire();
    expect(invocations).to.have.length(1);

    const ended = nextRun();
    endAll();
    await ended;
    fire();

    expect(invocations).to.have.length(2);
  });

  it('runs by hand, with the input of the schedule, and waits for the end', async () => {
    const { scheduler, invocations, delays, endAll } = setUp([{ ...minutely, input: { clean: true } }], 'manual');
    expect(delays()).to.deep.equal([]);

    const running = scheduler.run('minutely');
    endAll();

    expect(await running).to.deep.equal([{ name: 'minutely', outcome: done }]);
    expect(invocations.map(({ event }) => event)).to.deep.equal([{ clean: true }]);
  });

  it('runs all of them by hand', async () => {
    const { scheduler, endAll } = setUp([minutely, { ...minutely, name: 'other' }], 'manual');

    const running = scheduler.run();
    endAll();

    expect((await running).map(({ name }) => name)).to.deep.equal(['minutely', 'other']);
  });

  it('names the schedules it has when asked for another', async () => {
    const { scheduler } = setUp([minutely], 'manual');

    expect(await failureOf(scheduler.run('daily'))).to.equal(
      'RangeError: There is no schedule daily (the stack has: minutely)',
    );
  });

  it('pauses and resumes, without doubling a timer', async () => {
    const { scheduler, delays } = setUp([minutely]);

    scheduler.pause();
    expect(delays()).to.deep.equal([]);
    scheduler.resume();
    scheduler.resume();
    expect(delays()).to.deep.equal([60_000]);

    await scheduler.stop();
    await scheduler.stop();
    expect(delays()).to.deep.equal([]);
  });
});
