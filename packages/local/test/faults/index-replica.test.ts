import { expect } from 'chai';
import { createScaledClock } from '../../src/clock/scaled-clock.ts';
import { startDynamoDb } from '../../src/dynamodb/dynamodb.ts';
import { createTables } from '../../src/dynamodb/tables.ts';
import { IndexReplica } from '../../src/faults/index-replica.ts';

const LAG_MS = 60_000;

async function setUp() {
  const table = {
    name: 'orders',
    arn: 'arn:aws:dynamodb:eu-west-1:000000000000:table/orders',
    createTable: {
      TableName: 'orders',
      AttributeDefinitions: [{ AttributeName: 'orderId', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'orderId', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    },
  };
  const source = startDynamoDb();
  await createTables(source, [table]);
  const clock = createScaledClock();
  const replica = new IndexReplica(source, table, LAG_MS, clock);
  await replica.ready();
  const write = async (orderId: string) => {
    await source.call('PutItem', { TableName: 'orders', Item: { orderId: { S: orderId } } });
    await replica.observe({ orderId: { S: orderId } });
  };
  const stop = async () => {
    await replica.stop();
    await source.stop();
  };
  return { clock, replica, write, stop };
}

describe('The past of an index', () => {
  it('does not grow with the writes, if nobody asks for it', async () => {
    const { clock, replica, write, stop } = await setUp();
    for (let count = 0; count < 200; count++) await write(`order-${count}`);
    expect(replica.waiting).to.equal(200);

    clock.advance(LAG_MS);
    await write('one more');

    expect(replica.waiting).to.equal(1);
    await stop();
  });
});
