import { expect } from 'chai';
import { check, section } from '../check.ts';
import { statusOf, type Visitor, visit } from '../clients.ts';
import { startedTarget } from '../targets.ts';

const silent = { userAgent: null } as const;

/** The one connection to `throttled` that the checks share: its stage lets in three. */
let guest: Promise<Visitor> | undefined;
const throttledGuest = (): Promise<Visitor> => {
  guest ??= visit('throttled', { ...silent, stays: true });
  return guest;
};

async function answersTo(visitor: Visitor, action: string, times: number): Promise<string[]> {
  const answers: string[] = [];
  for (let sent = 0; sent < times; sent++) {
    const frame = await visitor.ask({ body: 'ok' }, action);
    answers.push(frame === 'ok' ? 'ok' : JSON.parse(frame).message);
  }
  return answers;
}

const throttling = () => {
  const api = 'throttled';
  check(
    'throttle-connect',
    'More connections than the burst are refused with 429',
    { source: 'facts §1 CAP S11', api },
    async () => {
      await throttledGuest();
      const statuses = [
        await statusOf('throttled', silent),
        await statusOf('throttled', silent),
        await statusOf('throttled', silent),
      ];
      expect(statuses).to.deep.equal([101, 101, 429]);
    },
  );
  check(
    'throttle-route',
    'More messages than the burst are answered with Too Many Requests',
    { source: 'facts §4, §16.8', confirmed: false, api },
    async () => {
      expect(await answersTo(await throttledGuest(), 'echo', 4)).to.deep.equal(['ok', 'ok', 'ok', 'Too Many Requests']);
    },
  );
  check(
    'throttle-route-settings',
    "A route's own settings replace the stage's",
    { source: 'facts §8.3 COMM S47', confirmed: false, api },
    async () => {
      const answers = await answersTo(await throttledGuest(), 'generous', 6);
      expect(answers).to.deep.equal(['ok', 'ok', 'ok', 'ok', 'ok', 'Too Many Requests']);
    },
  );
  check(
    'throttle-frame',
    'That frame has the form of the other error frames, and the connection stays open',
    { source: 'facts §4, §16.8', confirmed: false, api },
    async () => {
      const visitor = await throttledGuest();
      const frames = [await visitor.ask({}, 'echo'), await visitor.ask({}, 'echo')];
      for (const frame of frames) {
        expect(frame).to.match(
          /^\{"message": "Too Many Requests", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/,
        );
      }
    },
  );
  check(
    'throttle-zero',
    'Route settings without throttling values refuse everything with 429',
    { source: 'facts §8.3 SRC S46, CAP S11', api: 'throttled-to-zero' },
    async () => {
      expect(await statusOf('throttled-to-zero', silent)).to.equal(429);
    },
  );
};

const concurrency = () => {
  check(
    'concurrency-again',
    'A function with one reserved instance takes one event after another',
    { source: 'AWS: Understanding Lambda function scaling' },
    async () => {
      const visitor = await visit('main');
      expect(await visitor.ask({ body: 'one' }, 'limited')).to.equal('one');
      expect(await visitor.ask({ body: 'two' }, 'limited')).to.equal('two');
    },
  );
  check(
    'concurrency-one',
    'A function with one reserved instance refuses a second event while the first runs',
    { source: 'AWS: Understanding Lambda function scaling; facts §4', confirmed: false },
    async () => {
      const visitor = await visit('main');
      visitor.send({ action: 'limited', do: { report: true, sleepMs: 8000, body: 'first' } });
      await visitor.told('limited');
      expect(JSON.parse(await visitor.ask({ body: 'second' }, 'limited')).message).to.equal('Internal server error');
    },
  );
};

const AWS_ASYNC = 'AWS: How Lambda handles errors and retries with asynchronous invocation';

const asynchronous = () => {
  const localOnly = true;
  /** The attempts of `worker` that a connection caused, in turn. */
  const attemptsOf = async (visitor: Visitor, count: number) => {
    const attempts = [];
    while (attempts.length < count) attempts.push(await visitor.told('worker'));
    return attempts;
  };
  check('async-runs', 'An asynchronous event runs without anyone waiting', { source: AWS_ASYNC }, async () => {
    const visitor = await visit('main');
    await visitor.ask({ invoke: 'worker', body: 'sent' });
    expect((await visitor.told('worker')).failed).to.equal(0);
  });
  check(
    'async-retries',
    'One that fails is tried three times, under one request id',
    { source: AWS_ASYNC, localOnly },
    async () => {
      const visitor = await visit('main');
      const { dropped } = await startedTarget('main');
      await visitor.ask({ invoke: 'worker', payload: { fails: 9 } });
      const attempts = await attemptsOf(visitor, 3);
      expect(new Set(attempts.map(({ awsRequestId }) => awsRequestId)).size).to.equal(1);
      const drop = await dropped.next(({ functionName }) => functionName === 'conformance-main-worker');
      expect(drop).to.include({ reason: 'retriesExhausted', attempts: 3 });
    },
  );
  check(
    'async-success',
    'One that succeeds the second time is not tried again',
    { source: AWS_ASYNC, localOnly },
    async () => {
      const visitor = await visit('main');
      await visitor.ask({ invoke: 'worker', payload: { fails: 1 } });
      expect((await attemptsOf(visitor, 2)).length).to.equal(2);
      // A later event fails three times: by then the first would have come again.
      const other = await visit('main');
      await other.ask({ invoke: 'worker', payload: { fails: 9 } });
      await attemptsOf(other, 3);
      expect(await visitor.untold()).not.to.include('worker');
    },
  );
  check(
    'async-no-retries',
    'A function configured for no retries gets it once',
    { source: 'AWS: PutFunctionEventInvokeConfig, MaximumRetryAttempts', localOnly },
    async () => {
      const visitor = await visit('main');
      const { dropped } = await startedTarget('main');
      await visitor.ask({ invoke: 'once', payload: { fails: 9 } });
      const drop = await dropped.next(({ functionName }) => functionName === 'conformance-main-once');
      expect(drop).to.include({ reason: 'retriesExhausted', attempts: 1 });
    },
  );
  check(
    'async-max-age',
    'One whose next attempt would come after its greatest age is given up',
    { source: 'AWS: PutFunctionEventInvokeConfig, MaximumEventAgeInSeconds', localOnly },
    async () => {
      const target = await startedTarget('main', 'aged');
      const visitor = await visit('main', { target });
      await visitor.ask({ invoke: 'aged', payload: { fails: 9 } });
      const drop = await target.dropped.next(({ functionName }) => functionName === 'conformance-main-aged');
      expect(drop).to.include({ reason: 'eventAgeExceeded', attempts: 1 });
    },
  );
  check(
    'async-throttled',
    'One that is throttled waits, and loses no attempt by it',
    { source: AWS_ASYNC, localOnly },
    async () => {
      const visitor = await visit('main');
      await visitor.ask({ invoke: 'single', payload: { sleepMs: 1500 } });
      const [first] = await attemptsOf(visitor, 1);
      await visitor.ask({ invoke: 'single', payload: { fails: 9 } });
      const later = await attemptsOf(visitor, 3);
      expect(later.map(({ failed }) => failed)).to.deep.equal([0, 1, 2]);
      expect(later.map(({ awsRequestId }) => awsRequestId)).not.to.include(first?.awsRequestId);
    },
  );
};

export function limitChecks(): void {
  section('Throttling', throttling);
  section('Functions: concurrency', concurrency);
  section('Functions: asynchronous events', asynchronous);
}
