import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect } from 'chai';
import type { LocalStack } from '../../../src/index.ts';
import { startOrders, toQueue } from '../../event-sources/set-up.ts';
import { temporaryFolder } from '../../stack/set-up.ts';
import { check, section } from '../check.ts';

const guide = (page: string) => ({ source: `AWS: Lambda Developer Guide, "${page}"`, localOnly: true }) as const;
const streams = guide('Using AWS Lambda with Amazon DynamoDB');
const process = guide('Process DynamoDB records with Lambda');
const partial = guide('Configuring partial batch response with DynamoDB and Lambda');
const discarded = guide('Retain discarded records for a DynamoDB event source in Lambda');
const batching = guide('How Lambda processes records from stream and queue-based event sources');
const unsaid = { confirmed: false } as const;
const reports = { function_response_types: ['ReportBatchItemFailures'] };
const fail = { BOOL: true };

/** The message of the on-failure destination; waits for it. */
async function messageOf({ endpoint, credentials }: LocalStack) {
  const client = new SQSClient({ endpoint, credentials, region: 'us-east-1' });
  const QueueUrl = `${endpoint}/000000000000/failed`;
  try {
    for (;;) {
      const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
      if (Messages?.[0]) return JSON.parse(Messages[0].Body ?? '');
    }
  } finally {
    client.destroy();
  }
}

const batches = () => {
  check('esm-event', 'An event has Records, each with its source and the ARN of the stream', streams, async () => {
    const { put, until, delivered, events } = await startOrders();
    await put({ id: '1', total: { N: '5' } });
    await until(() => delivered() === 1);
    const [record] = events[0]?.Records ?? [];
    expect(record).to.include({ eventName: 'INSERT', eventSource: 'aws:dynamodb', awsRegion: 'us-east-1' });
    expect(record?.eventSourceARN).to.match(/^arn:aws:dynamodb:us-east-1:\d{12}:table\/orders\/stream\/2026-/);
    expect(record?.dynamodb).to.deep.include({
      Keys: { customer: { S: 'ada' }, id: { S: '1' } },
      NewImage: { customer: { S: 'ada' }, id: { S: '1' }, total: { N: '5' } },
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    });
    expect(Object.keys(events[0] ?? {})).to.deep.equal(['Records']);
  });
  check('esm-batch-together', 'Records that are there together go together', streams, async () => {
    const { put, until, delivered, batches } = await startOrders();
    await put({ id: '1' }, { id: '2' }, { id: '3' });
    await until(() => delivered() === 3);
    expect(batches()).to.deep.equal([['1', '2', '3']]);
  });
  check('esm-batch-size', 'A batch has at most as many records as the batch size', streams, async () => {
    const { put, until, delivered, batches } = await startOrders({ mapping: { batch_size: 2 } });
    await put(...['1', '2', '3', '4', '5'].map((id) => ({ id })));
    await until(() => delivered() === 5);
    expect(batches()).to.deep.equal([['1', '2'], ['3', '4'], ['5']]);
  });
  check('esm-shards', 'Records of different shards are in different batches', streams, async () => {
    const { put, until, delivered, batches, events } = await startOrders();
    await put(...'abcdefghijkl'.split('').map((customer) => ({ id: customer, customer })));
    await until(() => delivered() === 12);
    expect(batches().length).to.be.within(2, 4);
    expect(events.flatMap(({ Records }) => Records)).to.have.length(12);
  });
  check('esm-window', 'With a batching window, Lambda waits for a full batch that long', batching, async () => {
    const { put, until, delivered, batches, stack } = await startOrders(
      { mapping: { maximum_batching_window_in_seconds: 300 } },
      { timeScale: 1 },
    );
    await put({ id: '1' });
    await put({ id: '2' });
    stack.clock.advance(299_000);
    await put({ id: '3' });
    expect(batches()).to.deep.equal([]);
    stack.clock.advance(1000);
    await until(() => delivered() === 3);
    expect(batches()).to.deep.equal([['1', '2', '3']]);
  });
  check('esm-window-full', 'A full batch does not wait for the window', batching, async () => {
    const mapping = { maximum_batching_window_in_seconds: 300, batch_size: 2 };
    const { put, until, delivered, batches } = await startOrders({ mapping }, { timeScale: 1 });
    await put({ id: '1' });
    await put({ id: '2' });
    await until(() => delivered() === 2);
    expect(batches()).to.deep.equal([['1', '2']]);
  });
  check('esm-payload', 'A batch has at most 6 MB', batching, async () => {
    const { stack, until, delivered, events, put } = await startOrders(
      { mapping: { maximum_batching_window_in_seconds: 300 } },
      { timeScale: 1 },
    );
    const text = { S: 'x'.repeat(390_000) };
    for (let id = 10; id < 30; id += 1) await put({ id: String(id), text });
    await until(() => delivered() > 0);
    expect(events[0]?.Records.length).to.be.within(14, 16);
    stack.clock.advance(300_000);
    await until(() => delivered() === 20);
    expect(events).to.have.length(2);
  });
  for (const [position, title, wanted] of [
    ['TRIM_HORIZON', 'TRIM_HORIZON starts with the oldest record', ['1', '2']],
    ['LATEST', 'LATEST starts with what is written from then on', ['2']],
  ] as const) {
    check(`esm-from-${position.toLowerCase().replace('_', '-')}`, title, streams, async () => {
      const dataFolder = temporaryFolder();
      const mapping = { starting_position: position };
      const before = await startOrders({ mapping: { ...mapping, enabled: false } }, { dataFolder });
      await before.put({ id: '1' });
      await before.stack.stop();
      const { put, until, batches } = await startOrders({ mapping }, { dataFolder });
      await put({ id: '2' });
      await until(() => batches().flat().includes('2'));
      expect(batches().flat()).to.deep.equal(wanted);
    });
  }
  check('esm-parallel', 'Two batches of one shard run at once with a parallelization factor', process, async () => {
    const ids = Array.from({ length: 40 }, (_, index) => String(index));
    const { put, until, delivered, news } = await startOrders({
      mapping: { parallelization_factor: 10, batch_size: 1 },
    });
    await put({ id: 'stuck', fail }, ...ids.map((id) => ({ id })));
    // Those of some other keys pass the one that fails.
    await until(() => delivered() > 20);
    expect(news.some(({ kind }) => kind === 'failed')).to.equal(true);
  });
  check('esm-parallel-order', 'With a parallelization factor, records of one item stay in order', process, async () => {
    const { put, until, delivered, events } = await startOrders({
      mapping: { parallelization_factor: 10, batch_size: 1 },
    });
    for (let round = 0; round < 5; round += 1) {
      await put(...['a', 'b', 'c', 'd'].map((id) => ({ id, round: { N: String(round) } })));
    }
    await until(() => delivered() === 20);
    for (const wanted of ['a', 'b', 'c', 'd']) {
      const rounds = events
        .flatMap(({ Records }) => Records)
        .filter(({ dynamodb }) => (dynamodb.Keys.id as { S: string }).S === wanted)
        .map(({ dynamodb }) => (dynamodb.NewImage as { round: { N: string } }).round.N);
      expect(rounds).to.deep.equal(['0', '1', '2', '3', '4']);
    }
  });
};

const failures = () => {
  check('esm-retry', 'A batch that fails is retried as it was, and the shard waits for it', process, async () => {
    const { put, until, delivered, batches } = await startOrders({ mapping: { batch_size: 2 } });
    await put({ id: '1', failTimes: { N: '2' } }, { id: '2' }, { id: '3' });
    await until(() => delivered() === 3);
    expect(batches()).to.deep.equal([['1', '2'], ['1', '2'], ['1', '2'], ['3']]);
  });
  check('esm-retry-timeout', 'A timeout is a failure', process, async () => {
    const { put, until, news } = await startOrders(
      {
        mapping: { maximum_retry_attempts: 0 },
        change: ({ aws_lambda_function: functions }) => Object.assign(functions?.batches ?? {}, { timeout: 1 }),
      },
      { computeFloorMs: 300 },
    );
    await put({ id: '1', hang: { BOOL: true } });
    await until(() => news.some(({ kind }) => kind === 'discarded'));
    expect(news[0]).to.include({ kind: 'failed', reason: 'timedOut' });
  });
  check('esm-retry-most', 'A batch is given up after the maximum of retries', process, async () => {
    const { put, until, delivered, batches, news } = await startOrders({
      mapping: { maximum_retry_attempts: 2, batch_size: 1 },
    });
    await put({ id: '1', fail }, { id: '2' });
    await until(() => delivered() === 1);
    expect(batches()).to.deep.equal([['1'], ['1'], ['1'], ['2']]);
    expect(news.filter(({ kind }) => kind === 'discarded')[0]).to.include({ reason: 'RetryAttemptsExhausted' });
  });
  check('esm-retry-none', 'With 0 retries a batch is tried once', process, async () => {
    const { put, until, delivered, batches } = await startOrders({
      mapping: { maximum_retry_attempts: 0, batch_size: 1 },
    });
    await put({ id: '1', fail }, { id: '2' });
    await until(() => delivered() === 1);
    expect(batches()).to.deep.equal([['1'], ['2']]);
  });
  check('esm-throttle', 'A throttled invocation is no failed attempt', { ...process, ...unsaid }, async () => {
    const { put, until, stack, news } = await startOrders({
      mapping: { maximum_retry_attempts: 0 },
      change: ({ aws_lambda_function: functions }) =>
        Object.assign(functions?.batches ?? {}, { reserved_concurrent_executions: 0 }),
    });
    await put({ id: '1' });
    await until(() => news.filter(({ reason }) => reason === 'throttled').length > 2);
    expect(news.every(({ kind }) => kind === 'failed')).to.equal(true);
    await stack.stop();
  });
  check('esm-bisect', 'A batch that fails is split in two', process, async () => {
    const { put, until, delivered, batches } = await startOrders({
      mapping: { bisect_batch_on_function_error: true, maximum_retry_attempts: 0 },
    });
    await put({ id: '1' }, { id: '2' }, { id: '3', fail }, { id: '4' });
    await until(() => delivered() === 3);
    expect(batches()).to.deep.equal([['1', '2', '3', '4'], ['1', '2'], ['3', '4'], ['3'], ['4']]);
  });
  check('esm-bisect-free', 'A split counts as no retry', process, async () => {
    const { put, until, delivered, batches } = await startOrders({
      mapping: { bisect_batch_on_function_error: true, maximum_retry_attempts: 1 },
    });
    await put({ id: '1', failTimes: { N: '2' } }, { id: '2' });
    await until(() => delivered() === 2);
    expect(batches()).to.deep.equal([['1', '2'], ['1'], ['1'], ['2']]);
  });
  check('esm-age', 'Records older than the maximum age are given up', process, async () => {
    const { put, until, delivered, news } = await startOrders({ mapping: { maximum_record_age_in_seconds: 60 } });
    await put({ id: '1', fail });
    await until(() => news.some(({ kind }) => kind === 'discarded'));
    expect(news.at(-1)).to.include({ kind: 'discarded', reason: 'RecordAgeExceeded' });
    await put({ id: '2' });
    await until(() => delivered() === 1);
  });
  check('esm-retention', 'Without a maximum, records are given up after a day', process, async () => {
    const { put, until, news, stack } = await startOrders({}, { timeScale: 1 });
    await put({ id: '1', fail });
    await until(() => news.length > 0);
    stack.clock.advance(24 * 3600_000);
    await until(() => news.some(({ kind }) => kind === 'discarded'));
  });
  check('esm-destination', 'The destination is told where the records are, not what they are', discarded, async () => {
    const { put, until, news, stack, events } = await startOrders({
      mapping: { ...toQueue, maximum_retry_attempts: 1 },
    });
    await put({ id: '1', fail }, { id: '2' });
    await until(() => news.some(({ kind }) => kind === 'sent'));
    const { requestContext, responseContext, DDBStreamBatchInfo: info, ...rest } = await messageOf(stack);
    expect(requestContext).to.deep.include({ condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 });
    expect(requestContext.functionArn).to.match(/^arn:aws:lambda:us-east-1:\d{12}:function:batches$/);
    expect(responseContext).to.deep.equal({
      statusCode: 200,
      executedVersion: '$LATEST',
      functionError: 'Unhandled',
    });
    const numbers = events[0]?.Records.map(({ dynamodb }) => dynamodb.SequenceNumber);
    expect([info.startSequenceNumber, info.endSequenceNumber]).to.deep.equal(numbers);
    expect(info).to.include({ batchSize: 2 });
    expect(info.shardId).to.match(/^shardId-/);
    expect(info.streamArn).to.include('table/orders/stream/');
    expect(info.approximateArrivalOfFirstRecord).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(Object.keys(rest).sort()).to.deep.equal(['timestamp', 'version']);
  });
  check('esm-destination-age', 'It is told that records were too old', { ...discarded, ...unsaid }, async () => {
    const { put, stack } = await startOrders({ mapping: { ...toQueue, maximum_record_age_in_seconds: 60 } });
    await put({ id: '1', fail });
    expect((await messageOf(stack)).requestContext.condition).to.equal('RecordAgeExceeded');
  });
};

const partialResponses = () => {
  check('esm-partial', 'A reported record is where the batch is retried from', partial, async () => {
    const { put, until, delivered, batches } = await startOrders({ mapping: reports });
    await put({ id: '1' }, { id: '2', report: { N: '1' } }, { id: '3' });
    await until(() => delivered() === 3);
    expect(batches()).to.deep.equal([
      ['1', '2', '3'],
      ['2', '3'],
    ]);
  });
  check('esm-partial-lowest', 'Of several the lowest sequence number counts', partial, async () => {
    const { put, until, delivered, batches } = await startOrders({ mapping: reports });
    await put({ id: '1' }, { id: '2', report: { N: '1' } }, { id: '3' }, { id: '4', report: { N: '1' } });
    await until(() => delivered() === 4);
    expect(batches()).to.deep.equal([
      ['1', '2', '3', '4'],
      ['2', '3', '4'],
    ]);
  });
  check('esm-partial-bisect', 'With bisect too, the batch is split at that record', partial, async () => {
    const { put, until, delivered, batches } = await startOrders({
      mapping: { ...reports, bisect_batch_on_function_error: true, maximum_retry_attempts: 0 },
    });
    await put({ id: '1' }, { id: '2', report: { N: '1' } }, { id: '3' });
    await until(() => delivered() === 3);
    expect(batches()).to.deep.equal([
      ['1', '2', '3'],
      ['2', '3'],
    ]);
  });
  check('esm-partial-off', 'Without ReportBatchItemFailures a response says nothing', partial, async () => {
    const { put, until, delivered, batches } = await startOrders();
    await put({ id: '1', report: { N: '1' } });
    await until(() => delivered() === 1);
    expect(batches()).to.deep.equal([['1']]);
  });
  for (const [id, what, response] of [
    ['empty-list', 'An empty list of failures', { batchItemFailures: [] }],
    ['null-list', 'A null list of failures', { batchItemFailures: null }],
    ['empty-response', 'An empty response', {}],
    ['null-response', 'A null response', null],
  ] as const) {
    check(`esm-partial-${id}`, `${what} is a success`, partial, async () => {
      const { put, until, delivered, batches } = await startOrders({ mapping: reports });
      await put({ id: '1', respond: { S: JSON.stringify(response) } });
      await until(() => delivered() === 1);
      expect(batches()).to.deep.equal([['1']]);
    });
  }
  for (const [id, what, item] of [
    ['empty-id', 'An empty itemIdentifier', { itemIdentifier: '' }],
    ['null-id', 'A null itemIdentifier', { itemIdentifier: null }],
    ['bad-key', 'A failure with another key', { id: '1' }],
  ] as const) {
    check(`esm-partial-${id}`, `${what} is a failure of all`, partial, async () => {
      const { put, until, delivered, batches } = await startOrders({ mapping: reports });
      await put({ id: '1' }, { id: '2', respond: { S: JSON.stringify({ batchItemFailures: [item] }) } });
      await until(() => delivered() === 2);
      expect(batches()).to.deep.equal([
        ['1', '2'],
        ['1', '2'],
      ]);
    });
  }
};

export function eventSourceMappingChecks(): void {
  section('Event source mappings: batches', batches);
  section('Event source mappings: failures', failures);
  section('Event source mappings: partial batch responses', partialResponses);
}
