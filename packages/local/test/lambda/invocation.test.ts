import { expect } from 'chai';
import { createScaledClock } from '../../src/clock/scaled-clock.ts';
import type { InvocationOutcome } from '../../src/lambda/invoker.ts';
import { functionArn } from '../fixtures/functions.ts';
import { role, setUp, stopAll } from './set-up.ts';

function payloadOf(outcome: InvocationOutcome): unknown {
  if (outcome.kind !== 'returned') throw new Error(`expected a result, got ${JSON.stringify(outcome)}`);
  return outcome.payload;
}

function errorOf(outcome: InvocationOutcome) {
  if (outcome.kind !== 'failed') throw new Error(`expected a failure, got ${JSON.stringify(outcome)}`);
  return outcome.error;
}

describe('Lambda runtime: an invocation', () => {
  afterEach(stopAll);

  it('gives the event to the handler and its result to the caller', async () => {
    const { invoke } = setUp();

    const outcome = await invoke({ do: 'echo', list: [1, 'zwei', { drei: null }] });

    expect(payloadOf(outcome)).to.deep.equal({ do: 'echo', list: [1, 'zwei', { drei: null }] });
  });

  it('takes what the handler returns through JSON, as Lambda does', async () => {
    const { invoke } = setUp();

    const outcome = await invoke({ do: 'drops what JSON has not' });

    expect(payloadOf(outcome)).to.deep.equal({ kept: 1, date: '1970-01-01T00:00:00.000Z', none: null });
  });

  it('makes null of a handler that returns nothing', async () => {
    const { invoke } = setUp();

    expect(payloadOf(await invoke({ do: 'nothing' }))).to.equal(null);
  });

  it('reports a thrown error by type, message and stack', async () => {
    const { invoke } = setUp();

    const error = errorOf(await invoke({ do: 'throw' }));

    expect(error.errorType).to.equal('TypeError');
    expect(error.errorMessage).to.equal('no such thing');
    expect(error.trace[0]).to.equal('TypeError: no such thing');
    expect(error.trace[1]).to.match(/index\.mjs:\d+:\d+\)?$/);
  });

  it('reports a thrown string by its type', async () => {
    const { invoke } = setUp();

    expect(errorOf(await invoke({ do: 'throw a string' }))).to.deep.equal({
      errorType: 'string',
      errorMessage: 'just text',
      trace: [],
    });
  });

  it('keeps the instance after a thrown error', async () => {
    const { invoke } = setUp();

    await invoke({ do: 'throw' });

    expect(payloadOf(await invoke({ do: 'count' }))).to.equal(2);
  });

  it('fails a result that JSON cannot hold', async () => {
    const { invoke } = setUp();

    expect(errorOf(await invoke({ do: 'circular' })).errorMessage).to.equal('Unable to stringify response body');
  });

  it('fails a result above 6 MB', async () => {
    const { invoke } = setUp();

    const { errorType, errorMessage } = errorOf(await invoke({ do: 'large', characters: 6_291_555 }));

    expect(errorType).to.equal('Function.ResponseSizeTooLarge');
    expect(errorMessage).to.equal('Response payload size exceeded maximum allowed payload size (6291556 bytes).');
  });

  it('refuses an event above 6 MB without running the function', async () => {
    const { invoke, records } = setUp();

    const { errorType } = errorOf(await invoke({ do: 'echo', text: 'x'.repeat(6_291_456) }));

    expect(errorType).to.equal('RequestTooLargeException');
    expect(records).to.deep.equal([]);
  });

  it('ends a function that waits too long, and starts a new instance for the next event', async () => {
    const { invoke } = setUp({ fn: { timeoutSeconds: 0.2 } });

    const outcome = await invoke({ do: 'sleep', ms: 60_000 });

    expect(outcome).to.include({ kind: 'timedOut', timeoutSeconds: 0.2 });
    expect(payloadOf(await invoke({ do: 'count' }))).to.equal(1);
  });

  it('ends a function that never yields, and still shows what it printed', async () => {
    const { invoke, logs, until } = setUp({ fn: { timeoutSeconds: 0.2 } });

    const outcome = await invoke({ do: 'spin' });

    expect(outcome.kind).to.equal('timedOut');
    await until(() => logs.some(({ line }) => line === 'about to spin'));
  });

  it('counts the timeout anew for every event of an instance', async () => {
    const clock = createScaledClock();
    const { invoke, logs, records, until } = setUp({ clock, fn: { timeoutSeconds: 300 } });
    await invoke({ do: 'echo' });
    clock.advance(200_000);
    const second = invoke({ do: 'hang', name: 'second' });
    await until(() => logs.length > 0);

    // The first one's time would be over now, and the second one's is not: only the event in between has ended.
    clock.advance(200_000);
    expect(payloadOf(await invoke({ do: 'count' }))).to.equal(1);
    expect(records).to.have.length(2);

    clock.advance(200_000);
    expect(await second).to.include({ kind: 'timedOut', timeoutSeconds: 300 });
  });

  it('fails the event during which the process exits, with its status', async () => {
    const { invoke } = setUp();

    const error = errorOf(await invoke({ do: 'exit', code: 7 }));

    expect(error.errorType).to.equal('Runtime.ExitError');
    expect(error.errorMessage).to.match(/^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status 7$/);
    expect(payloadOf(await invoke({ do: 'count' }))).to.equal(1);
  });

  it('fails the event during which the process exits with status 0', async () => {
    const { invoke } = setUp();

    const { errorMessage } = errorOf(await invoke({ do: 'exit', code: 0 }));

    expect(errorMessage).to.match(/Error: Runtime exited without providing a reason$/);
  });

  it('fails the running event by an uncaught exception, and discards the instance', async () => {
    const { invoke } = setUp();

    const { errorType, errorMessage } = errorOf(await invoke({ do: 'uncaught' }));

    expect([errorType, errorMessage]).to.deep.equal(['RangeError', 'out of nowhere']);
    expect(payloadOf(await invoke({ do: 'count' }))).to.equal(1);
  });

  it('fails the running event by an unhandled rejection', async () => {
    const { invoke } = setUp();

    const { errorType, errorMessage } = errorOf(await invoke({ do: 'unhandled rejection' }));

    expect([errorType, errorMessage]).to.deep.equal(['Runtime.UnhandledPromiseRejection', 'Error: nobody listens']);
  });

  it('fails a function that needs more memory than it has, and not the whole runtime', async () => {
    const hungry =
      'export const handler = () => { const all = []; for (;;) all.push(new Array(1e5).fill(all.length)); };';
    const { invoke } = setUp({ source: hungry, fn: { memoryMb: 32, timeoutSeconds: 20 } });

    const { errorMessage } = errorOf(await invoke({}));

    expect(errorMessage).to.match(/Runtime exited with error: signal: killed$/);
  });

  it('runs a handler that is not async', async () => {
    const { invoke } = setUp({ source: 'export const handler = (event) => event.a + event.b;' });

    expect(payloadOf(await invoke({ a: 1, b: 2 }))).to.equal(3);
  });

  it('cannot tell an unknown function from a forbidden one', async () => {
    const { runtime } = setUp();

    expect(await runtime.invoke(functionArn('stranger'), {}, role)).to.deep.equal({ kind: 'forbidden' });
  });
});
