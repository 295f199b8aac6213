import { expect } from 'chai';
import { startShop, stopAll } from '../local-stack/set-up.ts';
import { removeTemporaryFolders } from '../stack/set-up.ts';

const TableName = 'shop-orders';

describe('Pages that a fault plan makes small', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  it('have so many items at most, and say where the next one begins, until the plan is cleared', async () => {
    const { dynamoDb, faults } = await startShop({ faults: { pageItems: 2, rules: [] } });
    for (const orderId of ['a', 'b', 'c']) {
      await dynamoDb.call('PutItem', { TableName, Item: { orderId: { S: orderId } } });
    }
    const first = await dynamoDb.call('Scan', { TableName });
    const second = await dynamoDb.call('Scan', { TableName, ExclusiveStartKey: first.LastEvaluatedKey });
    const one = await dynamoDb.call('Scan', { TableName, Limit: 1 });
    await faults.clear();
    const all = await dynamoDb.call('Scan', { TableName });

    expect([first, second, one, all].map(({ Count }) => Count)).to.deep.equal([2, 1, 1, 3]);
    expect([second, all].map(({ LastEvaluatedKey }) => LastEvaluatedKey)).to.deep.equal([undefined, undefined]);
  });
});
