import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import { type FeedEvent, type LocalStack, readStack, type UsageRecord } from '../../src/index.ts';
import { removeTemporaryFolders, temporaryFolder } from '../stack/set-up.ts';
import { startOrders, stopAll, toQueue, writeOrders } from './set-up.ts';

/** Calls the API of streams as its SDK does, through the client of the tables: the protocol is the same. */
async function callStreams({ endpoint, credentials }: LocalStack, operation: string, input: object) {
  const client = new DynamoDBClient({ endpoint, credentials, region: 'us-east-1', maxAttempts: 1 });
  let answer: unknown;
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { headers: Record<string, string>; body: string };
      request.body = JSON.stringify(input);
      request.headers['content-length'] = String(Buffer.byteLength(request.body));
      request.headers['x-amz-target'] = `DynamoDBStreams_20120810.${operation}`;
      return next(args);
    },
    { step: 'build', priority: 'low' },
  );
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { body } = result.response as { body: AsyncIterable<Buffer> };
      const chunks: Buffer[] = [];
      for await (const chunk of body) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      answer = JSON.parse(text);
      return { ...result, response: { ...(result.response as object), body: new TextEncoder().encode(text) } };
    },
    { step: 'deserialize', priority: 'low' },
  );
  await client.send(new ListTablesCommand({})).finally(() => client.destroy());
  return answer as Record<string, unknown>;
}

describe('What event source mappings do', () => {
  const before = process.env.IAM_USAGE_FOLDER;
  afterEach(async () => {
    if (before === undefined) delete process.env.IAM_USAGE_FOLDER;
    else process.env.IAM_USAGE_FOLDER = before;
    await stopAll();
  });
  after(removeTemporaryFolders);

  it('is seen at /_local/events', async () => {
    const pageFolder = temporaryFolder();
    writeFileSync(join(pageFolder, 'index.html'), '');
    const { put, until, news, stack } = await startOrders(
      { mapping: { ...toQueue, maximum_retry_attempts: 0, batch_size: 1 } },
      { pageFolder },
    );
    await put({ id: '1', fail: { BOOL: true } }, { id: '2' });
    await until(() => news.some(({ kind }) => kind === 'delivered'));
    const { body } = await fetch(`${stack.endpoint}/_local/events`);
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
    const text = (await reader?.read())?.value ?? '';
    await reader?.cancel();
    const events = JSON.parse(text.slice('data: '.length, text.indexOf('\n\n'))) as FeedEvent[];
    const shown = events.flatMap((event) => (event.type === 'eventSource' ? [event] : []));
    expect(shown.map(({ kind }) => kind)).to.deep.equal(['failed', 'discarded', 'sent', 'delivered']);
    expect(shown[2]).to.include({
      functionName: 'batches',
      table: 'orders',
      records: 1,
      reason: 'RetryAttemptsExhausted',
    });
  });

  it('is in the usage of permissions', async () => {
    process.env.IAM_USAGE_FOLDER = temporaryFolder();
    const stackFile = writeOrders({ mapping: { ...toQueue, maximum_retry_attempts: 0 } });
    const { put, until, news, stack } = await startOrders({ stackFile });
    await put({ id: '1', fail: { BOOL: true } });
    await until(() => news.some(({ kind }) => kind === 'sent'));
    await stack.stop();
    const [file = ''] = readdirSync(process.env.IAM_USAGE_FOLDER);
    const { functions } = await readStack(stackFile, { apiEndpoint: () => 'ws://127.0.0.1' });
    const { policies } = functions.find(({ name }) => name === 'batches')?.role ?? { policies: [] };
    const used = readFileSync(join(process.env.IAM_USAGE_FOLDER, file), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as UsageRecord)
      .flatMap((one) =>
        one.kind === 'role' ? [policies[one.policy]?.Statement[one.statement]?.Action[one.action]] : [],
      );
    expect(used).to.include.members([
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:DescribeStream',
      'dynamodb:ListStreams',
      'sqs:SendMessage',
    ]);
  });

  it('can be done by a reader of the API of streams, too', async () => {
    const { put, stack } = await startOrders({ mapping: { enabled: false } });
    await put({ id: '1' });
    const { Streams } = await callStreams(stack, 'ListStreams', { TableName: 'orders' });
    const [{ StreamArn }] = Streams as [{ StreamArn: string }];
    expect(StreamArn).to.equal('arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2026-01-01T00:00:00.000');
    const { StreamDescription } = await callStreams(stack, 'DescribeStream', { StreamArn });
    const { Shards } = StreamDescription as { Shards: { ShardId: string }[] };
    const records: unknown[] = [];
    for (const { ShardId } of Shards) {
      const input = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
      const { ShardIterator } = await callStreams(stack, 'GetShardIterator', input);
      records.push(...((await callStreams(stack, 'GetRecords', { ShardIterator })).Records as unknown[]));
    }
    expect(records).to.have.length(1);
  });
});
