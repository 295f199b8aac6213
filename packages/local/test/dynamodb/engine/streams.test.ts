import { expect } from 'chai';
import { Engine } from '../../../src/dynamodb/engine/engine.ts';
import { removeTemporaryFolders, temporaryFolder } from '../../stack/set-up.ts';
import { ManualClock, refusal, setUp } from './set-up.ts';

type Record_ = {
  eventName: string;
  userIdentity?: object;
  dynamodb: { Keys: { id: { S: string } }; SequenceNumber: string; NewImage?: object; OldImage?: object };
};
type Streams = (operation: string, input: object) => Promise<Record<string, unknown>>;

/** Reads all shards from a kind of place. */
async function read(streams: Streams, from: object = { ShardIteratorType: 'TRIM_HORIZON' }): Promise<Record_[]> {
  const { Streams: list } = await streams('ListStreams', { TableName: 'items' });
  const [{ StreamArn }] = list as [{ StreamArn: string }];
  const { StreamDescription } = await streams('DescribeStream', { StreamArn });
  const records: Record_[] = [];
  for (const { ShardId } of (StreamDescription as { Shards: { ShardId: string }[] }).Shards) {
    const { ShardIterator } = await streams('GetShardIterator', { StreamArn, ShardId, ...from });
    records.push(...((await streams('GetRecords', { ShardIterator })).Records as Record_[]));
  }
  return records;
}

describe('A stream of the embedded DynamoDB', () => {
  after(removeTemporaryFolders);

  it('has each change of an item in its order, with both images', async () => {
    const { call, put, streams } = await setUp();
    await put('a', { n: { N: '1' } });
    await put('a', { n: { N: '2' } });
    await put('a', { n: { N: '2' } }); // changes nothing
    await call('DeleteItem', { TableName: 'items', Key: { id: { S: 'a' } } });
    await call('DeleteItem', { TableName: 'items', Key: { id: { S: 'none' } } });

    const records = await read(streams);

    expect(
      records.map(({ eventName, dynamodb: { OldImage, NewImage } }) => ({ eventName, OldImage, NewImage })),
    ).to.deep.equal([
      { eventName: 'INSERT', OldImage: undefined, NewImage: { id: { S: 'a' }, n: { N: '1' } } },
      { eventName: 'MODIFY', OldImage: { id: { S: 'a' }, n: { N: '1' } }, NewImage: { id: { S: 'a' }, n: { N: '2' } } },
      { eventName: 'REMOVE', OldImage: { id: { S: 'a' }, n: { N: '2' } }, NewImage: undefined },
    ]);
    const numbers = records.map(({ dynamodb }) => dynamodb.SequenceNumber);
    expect(numbers).to.deep.equal([...numbers].sort());
  });

  it('keeps records for a day, and says when a reader comes too late', async () => {
    const { clock, put, streams } = await setUp();
    await put('a', { n: { N: '1' } });
    const [{ dynamodb }] = (await read(streams)) as [Record_];
    await put('a', { n: { N: '2' } });
    clock.advance(24 * 3600 * 1000 + 1);
    await put('a', { n: { N: '3' } });

    expect((await read(streams)).map(({ dynamodb: { NewImage } }) => NewImage)).to.deep.equal([
      { id: { S: 'a' }, n: { N: '3' } },
    ]);
    const { Streams: list } = await streams('ListStreams', {});
    const [{ StreamArn }] = list as [{ StreamArn: string }];
    const { StreamDescription } = await streams('DescribeStream', { StreamArn });
    const codes: string[] = [];
    for (const { ShardId } of (StreamDescription as { Shards: { ShardId: string }[] }).Shards) {
      const late = streams('GetShardIterator', {
        StreamArn,
        ShardId,
        ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
        SequenceNumber: dynamodb.SequenceNumber,
      });
      codes.push(
        await late.then(
          () => 'read',
          ({ code }) => code,
        ),
      );
    }
    expect(codes.filter((code) => code !== 'read')).to.deep.equal(['TrimmedDataAccessException']);
  });

  it('refuses an iterator that is too old, or none', async () => {
    const { clock, streams } = await setUp();
    const { Streams: list } = await streams('ListStreams', {});
    const [{ StreamArn }] = list as [{ StreamArn: string }];
    const { StreamDescription } = await streams('DescribeStream', { StreamArn });
    const [{ ShardId }] = (StreamDescription as { Shards: [{ ShardId: string }] }).Shards;
    const { ShardIterator } = await streams('GetShardIterator', { StreamArn, ShardId, ShardIteratorType: 'LATEST' });
    clock.advance(15 * 60 * 1000 + 1);

    expect((await refusal(streams('GetRecords', { ShardIterator }))).code).to.equal('ExpiredIteratorException');
    expect((await refusal(streams('GetRecords', { ShardIterator: 'no' }))).code).to.equal('ValidationException');
  });

  it('is the same after a restart, also when its log has been rewritten', async () => {
    const folder = temporaryFolder();
    const clock = new ManualClock();
    const open = () =>
      new Engine({
        clock,
        region: 'us-east-1',
        accountId: '000000000000',
        store: { folder, sync: { afterMs: 100 }, onNotice: () => {}, minCompactionBytes: 2000 },
      });
    const first = open();
    await first.call('CreateTable', {
      TableName: 'items',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
    for (let n = 0; n < 300; n++) {
      const Item = { id: { S: `i${n % 150}` }, n: { N: String(n) } };
      await first.call('PutItem', { TableName: 'items', Item });
      if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve)); // a log in the making goes on
    }
    const before = await read((operation, input) => first.call(operation, input, 'DynamoDBStreams_20120810'));
    first.stop();
    const second = open();
    const after = await read((operation, input) => second.call(operation, input, 'DynamoDBStreams_20120810'));
    await second.call('PutItem', { TableName: 'items', Item: { id: { S: 'i0' }, n: { N: '999' } } });
    const later = await read((operation, input) => second.call(operation, input, 'DynamoDBStreams_20120810'));
    second.stop();

    expect(before).to.have.length(300);
    expect(after).to.deep.equal(before);
    const numbers = later.map(({ dynamodb }) => dynamodb.SequenceNumber);
    expect(new Set(numbers).size).to.equal(301);
    const newest = later.find(({ dynamodb }) => JSON.stringify(dynamodb.NewImage).includes('999'));
    expect(newest?.dynamodb.SequenceNumber).to.equal([...numbers].sort().at(-1));
  });

  it('keeps records for a day, and no longer, also when nothing reads them', async () => {
    const { clock, engine, put } = await setUp();
    const stream = engine.database.streams.get('items');
    const kept = () => [...(stream?.kept(0) ?? [])].length;
    for (let n = 0; n < 2000; n++) await put(`i${n}`);
    expect(kept()).to.equal(2000);
    clock.advance(24 * 3600 * 1000);
    for (let n = 0; n < 2000; n++) await put(`j${n}`);

    expect(kept()).to.be.lessThan(3500);
  });
});
