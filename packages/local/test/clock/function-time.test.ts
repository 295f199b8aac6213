import { expect } from 'chai';
import { createScaledClock, type ScaledClock } from '../../src/clock/scaled-clock.ts';
import { setUp, stopAll } from '../lambda/set-up.ts';

/** Ten minutes are a sixth of a second; nothing is left uncompressed, so limits are to be generous. */
const compressed = () => createScaledClock({ scale: 3600, computeFloorMs: 0 });
const ONE_DAY_SECONDS = 86_400;

/** What a run of the handler returns. */
async function evaluate(source: string, clock: ScaledClock = compressed()): Promise<unknown> {
  const { invoke } = setUp({ source, clock, fn: { timeoutSeconds: ONE_DAY_SECONDS } });
  const outcome = await invoke({});
  if (outcome.kind !== 'returned') throw new Error(JSON.stringify(outcome));
  return outcome.payload;
}

/** A handler that tells which of its ways to wait for ten minutes were early. */
const waiting = (ways: string) => `
  import { setTimeout as delay, setInterval as every, scheduler } from 'node:timers/promises';
  import { setTimeout as moduleTimeout } from 'node:timers';
  import { createRequire } from 'node:module';
  import { promisify } from 'node:util';
  const required = createRequire(import.meta.url)('timers');
  const while_ = 600_000;
  const ways = { ${ways} };
  export const handler = async () => {
    const early = [];
    for (const [way, wait] of Object.entries(ways)) {
      const startedAt = Date.now();
      await wait();
      if (Date.now() - startedAt < while_ - 1) early.push(way);
    }
    return early;
  };`;

describe('The time in a function', () => {
  afterEach(stopAll);

  it('is the platform’s', async () => {
    const clock = compressed();
    const beforeMs = clock.nowMs();

    const times = (await evaluate('export const handler = () => [Date.now(), +new Date()];', clock)) as number[];

    const inOrder = [beforeMs, ...times, clock.nowMs()];
    expect(inOrder).to.deep.equal(inOrder.toSorted((a, b) => a - b));
  });

  it('passes with every kind of timer, none of which is early', async () => {
    const early = await evaluate(
      waiting(`
        setTimeout: () => new Promise((done) => setTimeout(done, while_)),
        imported: () => new Promise((done) => moduleTimeout(done, while_)),
        required: () => new Promise((done) => required.setTimeout(done, while_)),
        promisified: () => promisify(setTimeout)(while_),
        refreshed: () => new Promise((done) => setTimeout(done, while_).refresh()),`),
    );

    expect(early).to.deep.equal([]);
  });

  it('passes with promises, intervals and signals', async () => {
    const early = await evaluate(
      waiting(`
        promise: () => delay(while_),
        wait: () => scheduler.wait(while_),
        interval: () => new Promise((done) => {
          let ticks = 0;
          const timer = setInterval(() => {
            if (++ticks < 2) return;
            clearInterval(timer);
            done();
          }, while_ / 2);
        }),
        iterator: async () => {
          let ticks = 0;
          for await (const _ of every(while_ / 2)) if (++ticks === 2) break;
        },
        signal: async () => {
          const signal = AbortSignal.timeout(while_);
          await delay(2 * while_, undefined, { signal }).catch(() => {});
        },
        performance: async () => {
          const startedAt = performance.now();
          while (performance.now() - startedAt < while_) await new Promise((done) => setImmediate(done));
        },`),
    );

    expect(early).to.deep.equal([]);
  });

  it('looks like that of Node.js', async () => {
    const facts = await evaluate(`
      import { statSync } from 'node:fs';
      import { setTimeout as delay } from 'node:timers/promises';
      const errorOf = async (run) => { try { await run(); } catch (error) { return [error.name, error.code]; } };
      export const handler = async () => {
        const timer = setTimeout(() => {}, 1e9);
        const facts = {
          isDate: new Date() instanceof Date,
          fileIsDate: statSync('.').mtime instanceof Date,
          subclass: new (class extends Date { year() { return this.getUTCFullYear(); } })(0).year(),
          called: typeof Date(),
          parts: new Date(2026, 0, 1).getFullYear() + Date.UTC(1970, 0, 1) + Date.parse('1970-01-01'),
          named: Date.name + Date.length,
          constructor: new Date().constructor === Date,
          hasRef: [timer.hasRef(), timer.unref().hasRef(), timer.ref().hasRef()],
          notCallable: await errorOf(() => setTimeout('code', 1)),
          aborted: await errorOf(() => delay(1e9, 0, { signal: AbortSignal.abort() })),
        };
        clearTimeout(Number(timer));
        clearTimeout(undefined);
        const cancelled = new AbortController();
        const waiting = errorOf(() => delay(1e9, 0, { signal: cancelled.signal }));
        cancelled.abort();
        const passed = await new Promise((done) => setTimeout((...args) => done(args), 1, 'a', 'b'));
        return { ...facts, cancelled: await waiting, passed };
      };`);

    expect(facts).to.deep.equal({
      isDate: true,
      fileIsDate: true,
      subclass: 1970,
      called: 'string',
      parts: 2026,
      named: 'Date7',
      constructor: true,
      hasRef: [true, false, true],
      notCallable: ['TypeError', 'ERR_INVALID_ARG_TYPE'],
      aborted: ['AbortError', 'ABORT_ERR'],
      cancelled: ['AbortError', 'ABORT_ERR'],
      passed: ['a', 'b'],
    });
  });

  it('keeps the context of asynchronous calls, also when it is moved ahead under a timer', async () => {
    const clock = createScaledClock();
    const source = `
      import { AsyncLocalStorage } from 'node:async_hooks';
      const context = new AsyncLocalStorage();
      export const handler = () => context.run('mine', () => new Promise((done) => {
        setTimeout(() => done(context.getStore()), 60_000);
        console.log('waiting');
      }));`;
    const { invoke, logs, until } = setUp({ source, clock, fn: { timeoutSeconds: 300 } });
    const outcome = invoke({});
    await until(() => logs.length > 0);

    clock.advance(60_000);

    expect(await outcome).to.deep.include({ kind: 'returned', payload: 'mine' });
  });

  it('runs out with the function’s timeout', async () => {
    const clock = createScaledClock({ scale: 3600, computeFloorMs: 300 });
    const source = 'export const handler = () => new Promise((done) => setTimeout(done, 86_400_000));';
    const { invoke } = setUp({ source, clock, fn: { timeoutSeconds: 10 } });

    const outcome = await invoke({});

    expect(outcome).to.deep.include({ kind: 'timedOut', timeoutSeconds: 10 });
  });

  it('leaves a function the real time that computing takes', async () => {
    const clock = createScaledClock({ scale: 3600 });
    const source = `export const handler = (event, { getRemainingTimeInMillis }) => {
      const before = getRemainingTimeInMillis();
      const until = process.hrtime.bigint() + 20_000_000n;
      while (process.hrtime.bigint() < until);
      return [before, getRemainingTimeInMillis()];
    };`;
    const { invoke } = setUp({ source, clock, fn: { timeoutSeconds: 10 } });

    const outcome = await invoke({});

    const [before = 0, after = 0] = (outcome.kind === 'returned' ? outcome.payload : []) as number[];
    // Two real seconds, of which at least 20 ms have been used.
    expect(before).to.be.within(10_000, 7_200_000);
    expect(before - after).to.be.at.least(71_000);
  });
});
