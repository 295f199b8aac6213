// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteMessageCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect } from 'chai';
import type { LocalStack } from '../../src/index.ts';
import { failureOf, removeTemporaryFolders, temporaryFolder } from '../stack/set-up.ts';
import { reading, sending, startOrders, stopAll, toQueue, writeOrders } from './set-up.ts';

const fail = { BOOL: true };

const receive = async ({ endpoint, credentials }: LocalStack) => {
  const client = new SQSClient({ endpoint, credentials, region: 'us-east-1' });
  const receiveOnce = new ReceiveMessageCommand({
    QueueUrl: `${endpoint}/000000000000/failed`,
    WaitTimeSeconds: 20,
  });
  let body: string | undefined;
  // Seconds of the stack's clock are short.
  while (body === undefined) body = (await client.send(receiveOnce)).Messages?.[0]?.Body;
  client.destroy();
  return JSON.parse(body);
};

describe('An event source mapping', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  it('goes on where it was after a restart with the same data', async () => {
    const stackFile = writeOrders();
    const dataFolder = temporaryFolder();
    const first = await startOrders({ stackFile }, { dataFolder });
    await first.put({ id: '1' }, { id: '2' });
    await first.until(() => first.delivered() === 2);
    await first.stack.stop();

    const second = await startOrders({ stackFile }, { dataFolder });
    await second.put({ id: '3' });
    await second.until(() => second.delivered() === 1);
    expect(second.batches()).to.deep.equal([['3']]);
  });

  it('delivers after a restart what was not done before', async () => {
    const stackFile = writeOrders({ mapping: { batch_size: 1 } });
    const dataFolder = temporaryFolder();
    const first = await startOrders({ stackFile }, { dataFolder });
    await first.put({ id: '1' }, { id: '2', failTimes: { N: '1' } }, { id: '3' });
    await first.until(() => first.news.some(({ kind }) => kind === 'failed'));
    await first.stack.stop();

    const second = await startOrders({ stackFile }, { dataFolder });
    await second.until(() => second.delivered() === 2);
    expect(second.batches().at(-1)).to.deep.equal(['3']);
    expect(second.batches().flat()).not.to.include('1');
  });

  it('delivers after a restart what was stuck while later records were done', async () => {
    const stackFile = writeOrders({ mapping: { batch_size: 1, parallelization_factor: 10 } });
    const dataFolder = temporaryFolder();
    const others = Array.from({ length: 20 }, (_, index) => ({ id: String(index) }));
    const first = await startOrders({ stackFile }, { dataFolder });
    await first.put({ id: 'stuck', fail }, ...others);
    await first.until(() => first.delivered() > 5);
    await first.stack.stop();

    const second = await startOrders({ stackFile }, { dataFolder });
    await second.until(() => second.batches().flat().includes('stuck'));
  });

  it('takes what was written before a restart, though it starts with the latest', async () => {
    const stackFile = writeOrders({ mapping: { starting_position: 'LATEST' } });
    const dataFolder = temporaryFolder();
    const first = await startOrders({ stackFile }, { dataFolder });
    await first.stack.stop();
    const disabled = writeOrders({ mapping: { starting_position: 'LATEST', enabled: false } });
    const meanwhile = await startOrders({ stackFile: disabled }, { dataFolder });
    await meanwhile.put({ id: '1' });
    await meanwhile.stack.stop();

    const second = await startOrders({ stackFile }, { dataFolder });
    await second.until(() => second.delivered() === 1);
    expect(second.batches()).to.deep.equal([['1']]);
  });

  it('lets the fault plan fail a batch before and after the function', async () => {
    const { put, until, news, events, delivered, stack } = await startOrders(
      {},
      { faults: { rules: [{ batch: { function: 'batches' }, nth: 1, do: { fail: 'before' } }] } },
    );
    await put({ id: '1' });
    await until(() => delivered() === 1);
    expect(news.map(({ kind }) => kind)).to.deep.equal(['failed', 'delivered']);
    expect(events).to.have.length(1);

    await stack.faults.set({ rules: [{ batch: { table: 'orders' }, nth: 1, do: { fail: 'after' } }] });
    await put({ id: '2' });
    await until(() => delivered() === 2);
    expect(news.map(({ kind }) => kind)).to.deep.equal(['failed', 'delivered', 'failed', 'delivered']);
    expect(events).to.have.length(3);
    expect(stack.faults.counters()).to.deep.equal([{ rule: 0, matched: 2, fired: 1 }]);
  });

  it('gets records late where the fault plan delays the stream', async () => {
    const { put, until, delivered, events, stack } = await startOrders(
      {},
      { timeScale: 1, faults: { rules: [{ stream: { table: 'orders' }, do: { delayMs: 600_000 } }] } },
    );
    await put({ id: '1' });
    stack.clock.advance(599_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).to.have.length(0);
    stack.clock.advance(1000);
    await until(() => delivered() === 1);
    expect(stack.faults.counters()[0]).to.include({ fired: 1 });
  });

  it('reads at once what the fault plan does not delay any more', async () => {
    const { put, until, delivered, stack } = await startOrders(
      {},
      { timeScale: 1, faults: { rules: [{ stream: {}, do: { delayMs: 600_000 } }] } },
    );
    await put({ id: '1' });
    await stack.faults.clear();
    await until(() => delivered() === 1);
  });

  it('says at the start what the role of its function may not', async () => {
    const start = (statements: readonly object[]) => startOrders({ statements, mapping: toQueue });
    const less = { ...reading, Action: ['dynamodb:DescribeStream', 'dynamodb:GetRecords'] };
    expect(await failureOf(start([less, sending]))).to.match(
      /^StackResourceError: aws_lambda_event_source_mapping\.orders: the role batches cannot read arn:.*stream.*: allow it dynamodb:GetShardIterator, dynamodb:ListStreams$/,
    );
    expect(await failureOf(start([reading]))).to.match(
      /cannot send to arn:aws:sqs:.*:failed: allow it sqs:SendMessage$/,
    );
  });

  it('says when the role may not read any more, and goes on when it may', async () => {
    const until = new Date(Date.now() + 3600_000).toISOString();
    const from = new Date(Date.now() + 7200_000).toISOString();
    const read = (condition: object) => ({ ...reading, Condition: condition });
    const orders = await startOrders(
      {
        statements: [
          read({ DateLessThan: { 'aws:CurrentTime': until } }),
          read({ DateGreaterThan: { 'aws:CurrentTime': from } }),
        ],
      },
      { timeScale: 1 },
    );
    orders.stack.clock.advance(3_700_000);
    await orders.put({ id: '1' });
    await orders.until(() => orders.news.length > 0);
    expect(orders.news[0]).to.include({ kind: 'unreadable', mapping: 'aws_lambda_event_source_mapping.orders' });
    expect(orders.news[0]?.reason).to.include('not authorized to perform: dynamodb:GetShardIterator');
    orders.stack.clock.advance(3_600_000);
    await orders.until(() => orders.delivered() === 1);
  });

  for (const [what, mapping, reason] of [
    ['a tumbling window', { tumbling_window_in_seconds: 30 }, 'tumbling_window_in_seconds: it cannot be run here'],
    ['Kafka topics', { topics: ['t'] }, 'topics: it cannot be run here'],
    ['metrics', { metrics_config: { metrics: ['EventCount'] } }, 'metrics_config: it cannot be run here'],
    ['another source', { event_source_arn: '${aws_sqs_queue.failed.arn}' }, 'event_source_arn: "arn:aws:sqs'],
    ['no starting position', { starting_position: null }, 'starting_position: it is not set'],
    ['a starting time', { starting_position: 'AT_TIMESTAMP' }, 'takes TRIM_HORIZON or LATEST'],
    ['a batch too large', { batch_size: 10_001 }, 'batch_size: 10001 must be a whole number from 1 to 10000'],
    ['an age too low', { maximum_record_age_in_seconds: 59 }, '59 must be -1, or a whole number from 60 to 604800'],
    ['another response', { function_response_types: ['X'] }, 'only ReportBatchItemFailures is allowed'],
    ['another function', { function_name: 'nobody' }, 'function_name: the stack has no function nobody'],
    [
      'a topic as destination',
      { destination_config: { on_failure: { destination_arn: 'arn:aws:sns:us-east-1:000000000000:t' } } },
      'arn:aws:sns:us-east-1:000000000000:t is not an aws_sqs_queue of the stack',
    ],
    [
      'a filter that is none',
      { filter_criteria: { filter: [{ pattern: '{"eventName":"INSERT"}' }] } },
      'filter_criteria.filter[0].pattern: eventName: "INSERT" has to be in an array',
    ],
    [
      'too many filters',
      { filter_criteria: { filter: Array.from({ length: 6 }, () => ({ pattern: '{"a":[1]}' })) } },
      'it has 6 filters, and 5 are allowed',
    ],
  ] as const) {
    it(`is refused with ${what}`, async () => {
      expect(await failureOf(startOrders({ mapping }))).to.include(reason);
    });
  }

  it('is refused on a table without a stream', async () => {
    const change = (resource: Record<string, Record<string, Record<string, unknown>>>) =>
      Object.assign(resource.aws_dynamodb_table?.orders ?? {}, { stream_enabled: false });
    expect(await failureOf(startOrders({ change }))).to.include('is not the stream_arn of a table');
  });

  const toQueueAsync = (resource: Record<string, Record<string, Record<string, unknown>>>): void => {
    resource.aws_lambda_function_event_invoke_config = {
      batches: {
        function_name: '${aws_lambda_function.batches.function_name}',
        maximum_retry_attempts: 1,
        destination_config: { on_failure: { destination: '${aws_sqs_queue.failed.arn}' } },
      },
    };
  };

  it('lets an operator list what was given up, and replay it', async () => {
    const { stack, batches, until } = await startOrders(
      { change: toQueueAsync },
      { timeScale: 1, lambda: { asyncRetryDelaysMs: [1] } },
    );
    const { endpoint, credentials } = stack;
    const lambda = new LambdaClient({ endpoint, credentials, region: 'us-east-1' });
    const sqs = new SQSClient({ endpoint, credentials, region: 'us-east-1' });
    const QueueUrl = `${endpoint}/000000000000/failed`;
    const receiveAll = async (VisibilityTimeout: number, WaitTimeSeconds = 0) => {
      const all = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout, WaitTimeSeconds };
      return (await sqs.send(new ReceiveMessageCommand(all))).Messages ?? [];
    };
    const waiting = async () =>
      (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] })))
        .Attributes?.ApproximateNumberOfMessages;
    try {
      // Fails with the first attempt and its retry.
      const record = { dynamodb: { Keys: { id: { S: '7' } }, NewImage: { failTimes: { N: '2' } } } };
      const Payload = JSON.stringify({ Records: [record] });
      await lambda.send(new InvokeCommand({ FunctionName: 'batches', InvocationType: 'Event', Payload }));
      const [listed] = await receiveAll(0, 20);
      expect(await waiting()).to.equal('1');
      const [message] = await receiveAll(30);
      const { requestContext, requestPayload } = JSON.parse(message?.Body ?? '');
      expect(listed?.MessageId).to.equal(message?.MessageId);
      expect(requestContext.functionArn).to.equal('arn:aws:lambda:us-east-1:000000000000:function:batches:$LATEST');
      const replayed = JSON.stringify(requestPayload);
      const FunctionName = requestContext.functionArn;
      await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: replayed }));
      await until(() => batches().length === 3);
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
      stack.clock.advance(60_000);

      expect(batches()).to.deep.equal([['7'], ['7'], ['7']]);
      expect(await waiting()).to.equal('0');
    } finally {
      sqs.destroy();
      lambda.destroy();
    }
  });

  it('is refused, for asynchronous events as well, when the role may not send to the queue', async () => {
    expect(await failureOf(startOrders({ statements: [reading], change: toQueueAsync }))).to.equal(
      'StackResourceError: aws_lambda_function_event_invoke_config of batches: destination_config.on_failure: the role batches cannot send to arn:aws:sqs:us-east-1:000000000000:failed: allow it sqs:SendMessage',
    );
  });

  it('hands asynchronous events that were given up to a queue, too', async () => {
    const { stack } = await startOrders({ change: toQueueAsync });
    stack.lambda.invokeAsync('arn:aws:lambda:us-east-1:000000000000:function:batches', { Records: 1 }, role);
    const message = await receive(stack);
    expect(message.requestContext).to.include({ condition: 'RetriesExhausted', approximateInvokeCount: 2 });
    expect(message.requestPayload).to.deep.equal({ Records: 1 });
    expect(message.responsePayload).to.include({ errorType: 'TypeError' });
  });

  it('discards without a destination', async () => {
    const { put, until, news } = await startOrders({ mapping: { maximum_retry_attempts: 0 } });
    await put({ id: '1', fail });
    await until(() => news.some(({ kind }) => kind === 'discarded'));
    await put({ id: '2' });
    await until(() => news.some(({ kind }) => kind === 'delivered'));
    expect(news.map(({ kind }) => kind)).to.deep.equal(['failed', 'discarded', 'delivered']);
  });
});

const role = { principal: 'arn:aws:iam::000000000000:role/batches' };
