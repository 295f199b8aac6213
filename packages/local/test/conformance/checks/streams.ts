import { expect } from 'chai';
import { section } from '../check.ts';
import { tableCheck } from '../table-target.ts';
import { TableWorld } from './table-world.ts';

const CHANGES = 'AWS: DynamoDB Developer Guide, "Change data capture for DynamoDB Streams"';
const ITERATOR = 'AWS: DynamoDB Streams API Reference, GetShardIterator';
const RECORDS = 'AWS: DynamoDB Streams API Reference, GetRecords';
const SPECIFICATION = 'AWS: DynamoDB API Reference, StreamSpecification';
const TTL = 'AWS: DynamoDB Developer Guide, "DynamoDB Streams and Time to Live"';
const BOTH = 'NEW_AND_OLD_IMAGES';
const HOUR_MS = 3_600_000;

/** Streams of changes. */
export function streamChecks(): void {
  section('Streams', () => {
    tableCheck(
      'stream-events',
      'A new item is an INSERT, a changed one a MODIFY, a deleted one a REMOVE',
      { source: 'AWS: DynamoDB Streams API Reference, Record', dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target, BOTH);
        await world.put('a');
        await world.put('a', { n: { N: '1' } });
        await world.delete('a');
        expect((await world.records()).map(({ eventName }) => eventName)).to.deep.equal(['INSERT', 'MODIFY', 'REMOVE']);
      },
    );
    tableCheck(
      'stream-order',
      'Records of one item stand in the order of its changes',
      { source: CHANGES, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target, BOTH);
        for (let n = 0; n < 20; n++) await world.put('a', { n: { N: String(n) } });
        const records = await world.records();
        const numbers = records.map(({ dynamodb }) => BigInt(dynamodb.SequenceNumber));
        expect(records.map(({ dynamodb }) => dynamodb.NewImage?.n)).to.deep.equal(
          Array.from({ length: 20 }, (_, n) => ({ N: String(n) })),
        );
        expect(numbers).to.deep.equal([...numbers].sort((a, b) => (a < b ? -1 : 1)));
      },
    );
    tableCheck(
      'stream-one-shard',
      'Records of one item are in one shard',
      { source: CHANGES, confirmed: false, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target, BOTH);
        for (let n = 0; n < 20; n++) await world.put('a', { n: { N: String(n) } });
        const shards = (await world.records()).map(({ shard }) => shard);
        expect([shards.length, new Set(shards).size]).to.deep.equal([20, 1]);
      },
    );
    tableCheck(
      'stream-once',
      'Each change is there exactly once',
      { source: CHANGES, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target, BOTH);
        for (let n = 0; n < 50; n++) await world.put(`i${n}`);
        const ids = (await world.records()).map(({ dynamodb }) => (dynamodb.Keys.id as { S: string }).S);
        expect([ids.length, new Set(ids).size]).to.deep.equal([50, 50]);
      },
    );
    tableCheck(
      'stream-no-change',
      'A write that changes nothing has no record',
      { source: CHANGES, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target, BOTH);
        for (let times = 0; times < 3; times++) await world.put('a', { n: { N: '1' } });
        expect(await world.records()).to.have.lengthOf(1);
      },
    );
    tableCheck(
      'stream-delete-nothing',
      'The deletion of nothing has no record',
      { source: CHANGES, confirmed: false, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target, BOTH);
        await world.delete('a');
        expect(await world.records()).to.deep.equal([]);
      },
    );
    tableCheck(
      'stream-refused',
      'A write whose condition fails has no record',
      { source: CHANGES, confirmed: false, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target, BOTH);
        await world.refused('PutItem', { Item: { id: { S: 'a' } }, ConditionExpression: 'attribute_exists(id)' });
        expect(await world.records()).to.deep.equal([]);
      },
    );
    const images = async (target: Parameters<typeof TableWorld.create>[0], view: string) => {
      const world = await TableWorld.create(target, view);
      await world.put('a', { n: { N: '1' } });
      await world.put('a', { n: { N: '2' } });
      const { dynamodb } = (await world.records())[1] ?? {};
      return [dynamodb?.Keys, dynamodb?.OldImage?.n, dynamodb?.NewImage?.n, dynamodb?.StreamViewType];
    };
    const [keys, old, now] = [{ id: { S: 'a' } }, { N: '1' }, { N: '2' }];
    for (const [view, what, expected] of [
      ['KEYS_ONLY', 'keys and no image', [keys, undefined, undefined]],
      ['NEW_IMAGE', 'the item as it is now', [keys, undefined, now]],
      ['OLD_IMAGE', 'the item as it was', [keys, old, undefined]],
      [BOTH, 'both images', [keys, old, now]],
    ] as const) {
      tableCheck(
        `stream-${view.toLowerCase().replaceAll('_', '-')}`,
        `A stream of ${view} has ${what}`,
        { source: SPECIFICATION, dynamoDbLocal: 'pass' },
        async (target) => {
          expect(await images(target, view)).to.deep.equal([...expected, view]);
        },
      );
    }
    tableCheck(
      'stream-transaction',
      'A transaction has a record for each item that it changed',
      { source: CHANGES, confirmed: false, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target, BOTH);
        await world.put('there');
        await world.transact([world.putting('a'), world.adding('b'), world.checking('there')]);
        const ids = (await world.records()).map(({ dynamodb }) => (dynamodb.Keys.id as { S: string }).S).sort();
        expect(ids).to.deep.equal(['a', 'b', 'there']);
      },
    );
    tableCheck(
      'stream-cancelled',
      'A cancelled transaction has none',
      { source: CHANGES, confirmed: false, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target, BOTH);
        await world.transactRefused([world.putting('a'), world.checking('absent')]);
        expect(await world.records()).to.deep.equal([]);
      },
    );
    tableCheck(
      'stream-latest',
      'An iterator of LATEST shows what comes after it',
      { source: ITERATOR, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target, BOTH);
        await world.put('a');
        const iterators = await Promise.all(
          (await world.shards()).map((shard) => world.iterator(shard, { ShardIteratorType: 'LATEST' })),
        );
        await world.put('a', { n: { N: '1' } });
        const answers = await Promise.all(
          iterators.map((ShardIterator) => world.streams('GetRecords', { ShardIterator })),
        );
        const names = answers.flatMap(({ body }) =>
          (body.Records as { eventName: string }[]).map(({ eventName }) => eventName),
        );
        expect(names).to.deep.equal(['MODIFY']);
      },
    );
    for (const [type, first] of [
      ['AT_SEQUENCE_NUMBER', '1'],
      ['AFTER_SEQUENCE_NUMBER', '2'],
    ] as const) {
      tableCheck(
        `stream-${type.toLowerCase().split('_')[0]}`,
        `An iterator of ${type} starts ${type.startsWith('AT') ? 'with' : 'behind'} the record`,
        { source: ITERATOR, dynamoDbLocal: 'pass' },
        async (target) => {
          const world = await TableWorld.create(target, BOTH);
          for (let n = 0; n < 4; n++) await world.put('a', { n: { N: String(n) } });
          const { shard = '', dynamodb } = (await world.records())[1] ?? {};
          const ShardIterator = await world.iterator(shard, {
            ShardIteratorType: type,
            SequenceNumber: dynamodb?.SequenceNumber,
          });
          const { body } = await world.streams('GetRecords', { ShardIterator });
          expect((body.Records as { dynamodb: { NewImage: { n: object } } }[])[0]?.dynamodb.NewImage.n).to.deep.equal({
            N: first,
          });
        },
      );
    }
    tableCheck(
      'stream-next',
      'Reading goes on with NextShardIterator, also when there is nothing',
      { source: RECORDS, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target, BOTH);
        await world.put('a');
        const shard = (await world.records())[0]?.shard ?? '';
        let ShardIterator = await world.iterator(shard, { ShardIteratorType: 'TRIM_HORIZON' });
        const counts: number[] = [];
        for (let times = 0; times < 3; times++) {
          const { body } = await world.streams('GetRecords', { ShardIterator });
          counts.push((body.Records as object[]).length);
          ShardIterator = String(body.NextShardIterator);
        }
        expect(counts).to.deep.equal([1, 0, 0]);
      },
    );
    tableCheck(
      'stream-limit',
      'Limit bounds what one call returns',
      { source: RECORDS, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target, BOTH);
        for (let n = 0; n < 3; n++) await world.put('a', { n: { N: String(n) } });
        const shard = (await world.records())[0]?.shard ?? '';
        const ShardIterator = await world.iterator(shard, { ShardIteratorType: 'TRIM_HORIZON' });
        const { body } = await world.streams('GetRecords', { ShardIterator, Limit: 2 });
        expect(body.Records).to.have.lengthOf(2);
      },
    );
    tableCheck(
      'stream-limit-1001',
      'It refuses a Limit above 1,000',
      { source: RECORDS, confirmed: false, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target, BOTH);
        const ShardIterator = await world.iterator((await world.shards())[0] ?? '', {
          ShardIteratorType: 'TRIM_HORIZON',
        });
        expect((await world.streams('GetRecords', { ShardIterator, Limit: 1001 })).statusCode).to.equal(400);
      },
    );
    tableCheck(
      'stream-iterator-life',
      'An iterator expires after 15 minutes',
      { source: ITERATOR, dynamoDbLocal: 'cannot' },
      async (target) => {
        const world = await TableWorld.create(target, BOTH);
        const ShardIterator = await world.iterator((await world.shards())[0] ?? '', {
          ShardIteratorType: 'TRIM_HORIZON',
        });
        world.own.clock.advance(15 * 60_000);
        expect((await world.streams('GetRecords', { ShardIterator })).statusCode).to.equal(200);
        world.own.clock.advance(1000);
        expect((await world.streams('GetRecords', { ShardIterator })).body.__type).to.contain(
          'ExpiredIteratorException',
        );
      },
    );
    tableCheck(
      'stream-24-hours',
      'Records are kept for 24 hours',
      { source: CHANGES, dynamoDbLocal: 'cannot' },
      async (target) => {
        const world = await TableWorld.create(target, BOTH);
        await world.put('a');
        world.own.clock.advance(24 * HOUR_MS - 1);
        expect(await world.records()).to.have.lengthOf(1);
        world.own.clock.advance(1);
        expect(await world.records()).to.have.lengthOf(0);
      },
    );
    tableCheck(
      'stream-ttl',
      'What expired is a REMOVE by the service dynamodb.amazonaws.com',
      { source: TTL, dynamoDbLocal: 'cannot' },
      async (target) => {
        const world = await TableWorld.create(target, BOTH);
        await world.ok('UpdateTimeToLive', { TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true } });
        await world.put('a', { ttl: { N: String(Math.floor(world.own.clock.nowMs() / 1000)) } });
        world.own.clock.advance(2000);
        await world.own.expire(world.name);
        const { eventName, userIdentity } = (await world.records())[1] ?? {};
        expect(eventName).to.equal('REMOVE');
        expect(userIdentity).to.deep.equal({ type: 'Service', principalId: 'dynamodb.amazonaws.com' });
      },
    );
    tableCheck(
      'stream-arn',
      "The stream's ARN and label are in the table's description",
      { source: 'AWS: DynamoDB API Reference, TableDescription', dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target, BOTH);
        const { LatestStreamArn, LatestStreamLabel } = (await world.ok('DescribeTable', {})).Table as Record<
          string,
          string
        >;
        expect(LatestStreamArn).to.match(new RegExp(`:table/${world.name}/stream/`));
        expect(LatestStreamArn?.endsWith(`/${LatestStreamLabel}`)).to.equal(true);
      },
    );
    tableCheck(
      'stream-none',
      'A table has no stream unless it asks for one',
      { source: SPECIFICATION, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target);
        expect((await world.ok('DescribeTable', {})).Table).not.to.have.property('LatestStreamArn');
      },
    );
  });
}
