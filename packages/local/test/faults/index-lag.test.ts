import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import type { FaultPlan, FaultRecord, LocalStackOptions } from '../../src/index.ts';
import { startShop, stopAll } from '../local-stack/set-up.ts';
import { removeTemporaryFolders } from '../stack/set-up.ts';

const TableName = 'shop-orders';
const MINUTE_MS = 60_000;
const lagging: FaultPlan = { rules: [{ name: 'lag', index: { table: '*orders' }, do: { lagMs: MINUTE_MS } }] };

async function setUp(plan: FaultPlan, options: Partial<LocalStackOptions> = {}) {
  const records: FaultRecord[] = [];
  const stack = await startShop({ faults: plan, onFault: (record) => records.push(record), ...options });
  const { endpoint, credentials } = stack;
  const client = new DynamoDBClient({ endpoint, credentials, region: 'eu-west-1', maxAttempts: 1 });
  const put = (orderId: string, day = 5) =>
    client.send(new PutItemCommand({ TableName, Item: { orderId: { S: orderId }, day: { N: String(day) } } }));
  const query = (more: Partial<QueryCommandInput> = {}) =>
    client.send(
      new QueryCommand({
        TableName,
        IndexName: 'by-day',
        KeyConditionExpression: '#d = :d',
        ExpressionAttributeNames: { '#d': 'day' },
        ExpressionAttributeValues: { ':d': { N: '5' } },
        ...more,
      }),
    );
  /** What the index has for the day, in alphabetical order. */
  const onDay = async () => ((await query()).Items ?? []).map(({ orderId }) => orderId?.S).sort();
  return { stack, records, client, put, query, onDay };
}

describe('An index that lags', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  it('shows what was written only after its time', async () => {
    const { stack, put, onDay, records } = await setUp(lagging);
    await put('a');

    expect(await onDay()).to.deep.equal([]);
    stack.clock.advance(MINUTE_MS);
    expect(await onDay()).to.deep.equal(['a']);
    expect(records.map(({ target }) => target)).to.deep.equal([
      { kind: 'index', table: 'shop-orders', index: 'by-day' },
    ]);
    expect(stack.faults.counters()).to.deep.equal([{ rule: 0, name: 'lag', matched: 2, fired: 1 }]);
  });

  it('still shows what was deleted, and the old place of what was moved', async () => {
    const { stack, client, put, onDay } = await setUp(lagging);
    await Promise.all([put('deleted'), put('moved'), put('stays')]);
    stack.clock.advance(MINUTE_MS);

    await client.send(new DeleteItemCommand({ TableName, Key: { orderId: { S: 'deleted' } } }));
    await client.send(
      new UpdateItemCommand({
        TableName,
        Key: { orderId: { S: 'moved' } },
        UpdateExpression: 'REMOVE #d',
        ExpressionAttributeNames: { '#d': 'day' },
      }),
    );

    expect(await onDay()).to.deep.equal(['deleted', 'moved', 'stays']);
    stack.clock.advance(MINUTE_MS);
    expect(await onDay()).to.deep.equal(['stays']);
  });

  it('shows each state in its turn', async () => {
    const { stack, put, onDay } = await setUp(lagging);
    await put('a', 5);
    stack.clock.advance(MINUTE_MS / 2);
    await put('a', 6);

    stack.clock.advance(MINUTE_MS / 2);
    expect(await onDay()).to.deep.equal(['a']);
    stack.clock.advance(MINUTE_MS / 2);
    expect(await onDay()).to.deep.equal([]);
  });

  it('takes batches, and answers pages and scans', async () => {
    const { stack, client, put, query } = await setUp(lagging);
    await put('first');
    await client.send(
      new BatchWriteItemCommand({
        RequestItems: {
          [TableName]: [
            ...['b', 'c', 'd'].map((id) => ({ PutRequest: { Item: { orderId: { S: id }, day: { N: '5' } } } })),
            { DeleteRequest: { Key: { orderId: { S: 'first' } } } },
          ],
        },
      }),
    );
    stack.clock.advance(MINUTE_MS);

    const { Items: page, LastEvaluatedKey } = await query({ Limit: 2 });
    const { Items: rest } = await query(LastEvaluatedKey === undefined ? {} : { ExclusiveStartKey: LastEvaluatedKey });
    const { Count } = await client.send(new ScanCommand({ TableName, IndexName: 'by-day' }));

    expect([...(page ?? []), ...(rest ?? [])].map(({ orderId }) => orderId?.S).sort()).to.deep.equal(['b', 'c', 'd']);
    expect([page?.length, Count]).to.deep.equal([2, 3]);
  });

  it('has what was there when its lag began, and everything when it ends', async () => {
    const { stack, put, onDay } = await setUp({ rules: [] });
    await put('before');

    await stack.faults.set(lagging);
    await put('during');
    expect(await onDay()).to.deep.equal(['before']);
    await stack.faults.clear();

    expect(await onDay()).to.deep.equal(['before', 'during']);
  });

  it('notices what expires, and is the only one that lags', async () => {
    const { stack, client, onDay } = await setUp(lagging);
    const expired = { orderId: { S: 'old' }, day: { N: '5' }, expiresAt: { N: '1800000000' } };
    await client.send(new PutItemCommand({ TableName, Item: expired }));
    stack.clock.advance(MINUTE_MS);
    stack.clock.advance(1_800_000_001_000 - stack.clock.nowMs());

    expect(await stack.ttl.sweep()).to.equal(1);
    expect((await client.send(new ScanCommand({ TableName }))).Items).to.deep.equal([]);
    expect(await onDay()).to.deep.equal(['old']);
    stack.clock.advance(MINUTE_MS);
    expect(await onDay()).to.deep.equal([]);
  });
});
