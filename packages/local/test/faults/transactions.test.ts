import { DynamoDBClient, PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import type { FaultPlan, LocalStack } from '../../src/index.ts';
import { ask, connect, startShop, stopAll } from '../local-stack/set-up.ts';
import { removeTemporaryFolders } from '../stack/set-up.ts';

const TableName = 'shop-orders';
const itemOf = (id: string) => ({ orderId: { S: id } });
const clients: DynamoDBClient[] = [];

async function setUp(faults: FaultPlan) {
  const stack = await startShop({ faults, iam: 'off', lambda: { maxInstancesPerFunction: 2 } });
  const { endpoint, credentials } = stack;
  const client = new DynamoDBClient({ endpoint, credentials, region: 'eu-west-1', maxAttempts: 1 });
  clients.push(client);
  const transact = (...ids: string[]) =>
    client.send(
      new TransactWriteItemsCommand({ TransactItems: ids.map((id) => ({ Put: { TableName, Item: itemOf(id) } })) }),
    );
  const put = (id: string) => client.send(new PutItemCommand({ TableName, Item: itemOf(id) }));
  return { stack, transact, put };
}

const errorOf = (call: Promise<unknown>): Promise<{ name: string; CancellationReasons?: { Code?: string }[] }> =>
  call.then(
    () => expect.fail('expected an error'),
    (error) => error,
  );
const idsOf = async (stack: LocalStack) =>
  ((await stack.dynamoDb.call('Scan', { TableName })).Items as { orderId: { S: string } }[]).map(
    ({ orderId }) => orderId.S,
  );

describe('Faults of transactions', () => {
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await stopAll();
  });
  after(removeTemporaryFolders);

  it('refuse a transaction, and a write, as if another one held the item', async () => {
    const { stack, transact, put } = await setUp({ rules: [{ call: {}, do: 'transactionConflict' }] });
    const cancelled = await errorOf(transact('a', 'b'));
    expect(cancelled.name).to.equal('TransactionCanceledException');
    expect(cancelled.CancellationReasons?.map(({ Code }) => Code)).to.deep.equal(['TransactionConflict', 'None']);
    expect((await errorOf(put('a'))).name).to.equal('TransactionConflictException');
    expect(await idsOf(stack)).to.deep.equal([]);
  });

  it('let transactions hold their items for a while', async () => {
    const { stack, transact, put } = await setUp({ transactionHoldMs: 600_000, rules: [] });
    const first = transact('a', 'b');
    let name = '';
    // The first one has to have come: writes of another item tell.
    while (name !== 'TransactionConflictException') {
      name = await put('b').then(
        () => '',
        (error) => error.name,
      );
    }
    const second = await errorOf(transact('b', 'c'));
    expect(second.CancellationReasons?.map(({ Code }) => Code)).to.deep.equal(['TransactionConflict', 'None']);
    stack.clock.advance(600_000);
    await first;
    await stack.faults.clear();
    await transact('b', 'c');
    expect((await idsOf(stack)).sort()).to.deep.equal(['a', 'b', 'c']);
  });

  it('kill a function between two of its calls, and no later call of it counts', async () => {
    const { stack } = await setUp({
      rules: [{ call: { operation: 'PutItem', function: 'shop-buy' }, nth: 1, do: { kill: 'after' } }],
    });
    const socket = await connect(stack.webSocketUrl);
    const call = { operation: 'PutItem', input: { TableName, Item: itemOf('a') } };
    expect(await ask(socket, { action: 'buy', call })).to.include('Internal server error');
    expect(await idsOf(stack)).to.deep.equal(['a']);
  });

  it('interleave two invocations at a chosen point', async () => {
    const carriedOut: string[] = [];
    const { stack } = await setUp({
      rules: [
        {
          call: { operation: 'PutItem', function: 'shop-buy' },
          nth: 1,
          do: { waitFor: { call: { operation: 'UpdateItem', function: 'shop-buy' }, atMostMs: 600_000 } },
        },
      ],
    });
    const [one, two] = [await connect(stack.webSocketUrl), await connect(stack.webSocketUrl)];
    const call = { operation: 'PutItem', input: { TableName, Item: { ...itemOf('a'), by: { S: 'one' } } } };
    const held = ask(one, { action: 'buy', call }).then(() => carriedOut.push('put'));
    while (stack.faults.counters()[0]?.fired !== 1) await new Promise((resolve) => setImmediate(resolve));
    const update = {
      operation: 'UpdateItem',
      input: {
        TableName,
        Key: itemOf('a'),
        UpdateExpression: 'SET #by = :by',
        ExpressionAttributeNames: { '#by': 'by' },
        ExpressionAttributeValues: { ':by': { S: 'two' } },
        ReturnValues: 'ALL_OLD',
      },
    };
    // Nothing was there yet: the put came behind.
    expect(await ask(two, { action: 'buy', call: update })).to.equal('{}');
    await held;
    const { Items } = await stack.dynamoDb.call('Scan', { TableName });
    expect(Items).to.deep.equal([{ ...itemOf('a'), by: { S: 'one' } }]);
  });

  it('hold a call no longer than they say', async () => {
    const { stack } = await setUp({
      rules: [
        {
          call: { operation: 'PutItem', function: 'shop-buy' },
          do: { waitFor: { call: { operation: 'DeleteItem' }, atMostMs: 1000 } },
        },
      ],
    });
    const socket = await connect(stack.webSocketUrl);
    const call = { operation: 'PutItem', input: { TableName, Item: itemOf('a') } };
    expect(await ask(socket, { action: 'buy', call })).to.equal('{}');
    expect(await idsOf(stack)).to.deep.equal(['a']);
  });
});
