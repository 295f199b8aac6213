import { DescribeStreamCommand, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { expect } from 'chai';
import { leaveOutWhenFast } from '../../../scripts/tools/need-tools.ts';
import { OperatorError } from '../src/errors.ts';
import type { StreamBatch } from '../src/failures/failure.ts';
import { readBatch } from '../src/failures/stream-batch.ts';
import { type Surroundings, setUp } from './set-up.ts';

const DAY_MS = 24 * 3_600_000;
const TableName = 'sessions-dev-sessions';

describe('Changes of a stream that are read again', () => {
  let stack: Surroundings;
  let client: DynamoDBStreamsClient;

  beforeEach(async function () {
    leaveOutWhenFast(this, 'reading changes again');
    stack = await setUp();
    stack.allow('dynamodb:DescribeStream');
    const { endpoint, credentials, stack: read } = stack.system.stack;
    client = new DynamoDBStreamsClient({ endpoint, credentials, region: read.region });
  });
  afterEach(async () => {
    client?.destroy();
    await stack?.stop();
  });

  /** Changes one item, which is in one shard, so often. */
  async function change(times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      const Item = { sessionId: { S: 'user#deborah' }, part: { S: 'denied' }, deniedAt: { N: String(time) } };
      await stack.system.stack.dynamoDb.call('PutItem', { TableName, Item });
    }
  }

  /** The batch of all changes so far. */
  async function batchOfAll(batchSize: number): Promise<StreamBatch> {
    const { streamArn } = await onlyStream();
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn: streamArn }));
    for (const { ShardId = '' } of StreamDescription?.Shards ?? []) {
      const whole = { streamArn, shardId: ShardId, startSequenceNumber: '0', endSequenceNumber: '9'.repeat(30) };
      const records = await readFrom(whole);
      if (records.length === 0) continue;
      const numbers = records.map(({ dynamodb }) => String((dynamodb as { SequenceNumber?: string })?.SequenceNumber));
      return {
        ...whole,
        startSequenceNumber: String(numbers[0]),
        endSequenceNumber: String(numbers.at(-1)),
        ...{ approximateArrivalOfFirstRecord: '', approximateArrivalOfLastRecord: '', batchSize },
      };
    }
    throw new Error('No shard has a record');
  }
  const readFrom = async (whole: Omit<StreamBatch, 'batchSize' | `approximate${string}`>) => {
    const batch = { ...whole, batchSize: 0 } as StreamBatch;
    return readBatch(batch, client).catch(() => []);
  };
  async function onlyStream(): Promise<{ streamArn: string }> {
    const table = stack.system.stack.stack.tables.find(({ name }) => name === TableName);
    return { streamArn: `${table?.arn}/stream/${table?.streamLabel}` };
  }

  it('come as Lambda hands them to a function, those of the batch alone', async () => {
    await change(3);
    const all = await batchOfAll(3);
    await change(1);

    const records = await readBatch(all, client);

    expect(records).to.have.length(3);
    const [first] = records;
    expect(first).to.deep.include({ eventSource: 'aws:dynamodb', eventSourceARN: all.streamArn, eventName: 'INSERT' });
    expect(first?.dynamodb?.Keys).to.deep.equal({ sessionId: { S: 'user#deborah' }, part: { S: 'denied' } });
    expect(first?.dynamodb).to.have.property('ApproximateCreationDateTime').that.is.a('number');
    const one = { ...all, startSequenceNumber: all.endSequenceNumber, batchSize: 1 };
    expect(await readBatch(one, client)).to.have.length(1);
  });

  it('are gone after a day, which one line says', async () => {
    await change(2);
    const old = await batchOfAll(2);
    stack.system.stack.clock.advance(DAY_MS + 3_600_000);
    await change(300); // what is too old is removed now and then

    const refused = await readBatch(old, client).catch((error: unknown) => error);

    expect(refused).to.be.instanceOf(OperatorError);
    expect((refused as Error).message).to.match(
      /^these changes are not in the stream any more, which keeps them for 24 /,
    );
  });
});
