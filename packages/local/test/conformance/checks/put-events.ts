import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { expect } from 'chai';
import { busClient, entry, startBus, writeShopWithBus } from '../../event-bridge/set-up.ts';
import { stopAll } from '../../local-stack/set-up.ts';
import { removeTemporaryFolders } from '../../stack/set-up.ts';
import { check, section } from '../check.ts';
import { failureOf, order, putEvents } from '../event-bridge.ts';

const reference = 'AWS: EventBridge API Reference, "PutEvents"';
const result = 'AWS: EventBridge API Reference, "PutEventsResultEntry"';
const emulators = 'AWS: EventBridge API Reference, "PutEvents"; the text as LocalStack and Moto have it';
const MEGABYTE = 1_048_576;

/** An entry of so many bytes, as EventBridge counts them. */
const entryOf = (bytes: number) => {
  const rest = 'shop'.length + 'Order'.length + '{"a":""}'.length;
  return { ...order, Detail: JSON.stringify({ a: 'x'.repeat(bytes - rest) }) };
};

const codesOf = async (changes: object) => {
  const { FailedEntryCount, Entries } = await putEvents([{ ...order, ...changes }]);
  return [FailedEntryCount, Entries[0]?.ErrorCode, Entries[0]?.ErrorMessage];
};

const entries = () => {
  check('put-id', 'An entry that was taken has an event ID', { source: result, api: 'events' }, async () => {
    const { FailedEntryCount, Entries } = await putEvents([order]);
    expect([FailedEntryCount, Entries[0]?.ErrorCode]).to.deep.equal([0, undefined]);
    expect(Entries[0]?.EventId).to.match(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });
  check(
    'put-partial',
    'Entries fail one by one, in their order; the call succeeds',
    { source: result, api: 'events' },
    async () => {
      const { FailedEntryCount, Entries } = await putEvents([order, { ...order, Detail: '{' }, order]);
      expect(FailedEntryCount).to.equal(1);
      expect(Entries.map(({ EventId }) => EventId !== undefined)).to.deep.equal([true, false, true]);
    },
  );
  for (const name of ['Source', 'DetailType', 'Detail'] as const) {
    check(
      `put-without-${name.toLowerCase()}`,
      `An entry without ${name} fails with InvalidArgument`,
      { source: emulators, confirmed: false, api: 'events' },
      async () => {
        expect(await codesOf({ [name]: undefined })).to.deep.equal([
          1,
          'InvalidArgument',
          `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
        ]);
      },
    );
  }
  check(
    'put-malformed',
    'A detail that is no JSON fails with MalformedDetail',
    { source: emulators, confirmed: false, api: 'events' },
    async () => {
      expect(await codesOf({ Detail: '{"a":' })).to.deep.equal([1, 'MalformedDetail', 'Detail is malformed.']);
    },
  );
  check(
    'put-no-object',
    'A detail that is JSON and no object fails with MalformedDetail',
    { source: emulators, confirmed: false, api: 'events' },
    async () => {
      expect(await codesOf({ Detail: '["a"]' })).to.deep.equal([1, 'MalformedDetail', 'Detail is malformed.']);
    },
  );
  check(
    'put-aws-source',
    'A source that begins with aws. fails with NotAuthorizedForSourceException',
    { source: `${result}; the text from answers of AWS in public notes`, api: 'events' },
    async () => {
      expect(await codesOf({ Source: 'aws.ec2' })).to.deep.equal([
        1,
        'NotAuthorizedForSourceException',
        'Not authorized for the source.',
      ]);
    },
  );
  check(
    'put-unknown-bus',
    'An entry for a bus that is not there is taken, and lost',
    { source: reference, confirmed: false, api: 'events' },
    async () => {
      expect(await codesOf({ EventBusName: 'no-such-bus' })).to.deep.equal([0, undefined, undefined]);
    },
  );
};

const limits = () => {
  check('put-ten', 'Ten entries are taken', { source: reference, api: 'events' }, async () => {
    expect((await putEvents(Array(10).fill(order))).Entries).to.have.length(10);
  });
  check('put-eleven', 'Eleven entries are refused as a whole', { source: reference, api: 'events' }, async () => {
    expect(await failureOf(putEvents(Array(11).fill(order)))).to.equal('ValidationException');
  });
  check('put-none', 'No entry is refused', { source: reference, api: 'events' }, async () => {
    expect(await failureOf(putEvents([]))).to.equal('ValidationException');
  });
  check(
    'put-megabyte',
    'Exactly 1 MB is taken, and one byte more is refused as a whole',
    { source: `${reference}; tried on AWS by the author of a public note`, api: 'events' },
    async () => {
      expect((await putEvents([entryOf(MEGABYTE)])).FailedEntryCount).to.equal(0);
      expect(await failureOf(putEvents([entryOf(MEGABYTE + 1)]))).to.equal('ValidationException');
    },
  );
  check(
    'put-megabyte-together',
    'The limit is for all entries together',
    { source: reference, api: 'events' },
    async () => {
      const half = MEGABYTE / 2;
      expect((await putEvents([entryOf(half), entryOf(half)])).FailedEntryCount).to.equal(0);
      expect(await failureOf(putEvents([entryOf(half), entryOf(half + 1)]))).to.equal('ValidationException');
    },
  );
  check(
    'put-time-size',
    'A time counts as 14 bytes',
    { source: 'AWS: EventBridge User Guide, "Calculating PutEvents event entry size"', api: 'events' },
    async () => {
      const timed = (bytes: number) => ({ ...entryOf(bytes), Time: new Date() });
      expect((await putEvents([timed(MEGABYTE - 14)])).FailedEntryCount).to.equal(0);
      expect(await failureOf(putEvents([timed(MEGABYTE - 13)]))).to.equal('ValidationException');
    },
  );
};

const rule = { event_pattern: { source: ['shop'] } };

const delivery = () => {
  const put = async (stackFile: string, more: object = {}, options: Parameters<typeof startBus>[1] = {}) => {
    const started = await startBus(stackFile, options);
    const { Entries = [] } = await busClient(started.stack).send(
      new PutEventsCommand({ Entries: [entry({ order: 1 }, more)] }),
    );
    return { ...started, id: Entries[0]?.EventId };
  };
  check(
    'put-envelope',
    'The function gets the event with its envelope, the detail as an object',
    { source: 'AWS: EventBridge User Guide, "Amazon EventBridge events"', localOnly: true },
    async () => {
      const { nextEvent, id } = await put(writeShopWithBus({ rule }), {
        Time: new Date('2026-01-02T03:04:05.678Z'),
        Resources: ['arn:one'],
      });
      expect(await nextEvent()).to.deep.equal({
        version: '0',
        id,
        'detail-type': 'OrderPlaced',
        source: 'shop',
        account: '000000000000',
        time: '2026-01-02T03:04:05Z',
        region: 'eu-west-1',
        resources: ['arn:one'],
        detail: { order: 1 },
      });
    },
  );
  check(
    'put-retry',
    'A function that fails gets the same event again, as Lambda retries asynchronous events',
    {
      source: 'AWS: Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation"',
      localOnly: true,
    },
    async () => {
      const { nextEvent, stack } = await startBus(writeShopWithBus({ rule }), { lambda: { asyncRetryDelaysMs: [0] } });
      await busClient(stack).send(new PutEventsCommand({ Entries: [entry({ fail: true })] }));
      const first = await nextEvent();
      expect(await nextEvent()).to.deep.equal(first);
    },
  );
  check(
    'put-permission',
    'A function whose policy does not name the rule is not invoked',
    { source: 'AWS: EventBridge User Guide, "Using resource-based policies for Amazon EventBridge"', localOnly: true },
    async () => {
      const dropped: string[] = [];
      const source_arn = 'arn:aws:events:eu-west-1:000000000000:rule/rule';
      const stackFile = writeShopWithBus(
        { rule },
        { change: (resource) => Object.assign(resource.aws_lambda_permission?.subscriber ?? {}, { source_arn }) },
      );
      await put(stackFile, {}, { onAsyncDropped: ({ reason }) => dropped.push(reason) });
      expect(dropped).to.deep.equal(['forbidden']);
    },
  );
  check(
    'put-input-path',
    'input_path hands on a part of the event',
    { source: 'AWS: EventBridge API Reference, "Target"', localOnly: true },
    async () => {
      const { nextEvent } = await put(writeShopWithBus({ rule }, { targets: { rule: { input_path: '$.detail' } } }));
      expect(await nextEvent()).to.deep.equal({ order: 1 });
    },
  );
  check(
    'put-input-transformer',
    'An input transformer fills its template: texts in quotes, values elsewhere',
    { source: 'AWS: EventBridge User Guide, "Amazon EventBridge input transformation"', localOnly: true },
    async () => {
      const input_transformer = [
        { input_paths: { n: '$.detail.order', by: '$.source' }, input_template: '{"n": <n>, "text": "<n> by <by>"}' },
      ];
      const { nextEvent } = await put(writeShopWithBus({ rule }, { targets: { rule: { input_transformer } } }));
      expect(await nextEvent()).to.deep.equal({ n: 1, text: '1 by shop' });
    },
  );
  check(
    'put-input-transformer-absent',
    'A value that is absent does not appear in the output',
    {
      source: 'AWS: EventBridge User Guide, "Amazon EventBridge input transformation"',
      confirmed: false,
      localOnly: true,
    },
    async () => {
      const input_transformer = [{ input_paths: { no: '$.detail.no' }, input_template: '{"a": 1, "b": <no>}' }];
      const { nextEvent } = await put(writeShopWithBus({ rule }, { targets: { rule: { input_transformer } } }));
      expect(await nextEvent()).to.deep.equal({ a: 1 });
    },
  );
};

/** PutEvents, and what becomes of the events. */
export function putEventsChecks(): void {
  section('EventBridge: PutEvents', () => {
    afterEach(stopAll);
    after(removeTemporaryFolders);
    entries();
    limits();
    delivery();
  });
}
