import { expect } from 'chai';
import { refusal, setUp } from './set-up.ts';

const TableName = 'items';
const key = (id: string) => ({ id: { S: id } });
const put = (id: string, n: string) => ({ Put: { TableName, Item: { ...key(id), n: { N: n } } } });
const add = (id: string, by: string) => ({
  Update: {
    TableName,
    Key: key(id),
    UpdateExpression: 'ADD n :by',
    ExpressionAttributeValues: { ':by': { N: by } },
  },
});
const exists = (id: string) => ({
  ConditionCheck: {
    TableName,
    Key: key(id),
    ConditionExpression: 'attribute_exists(id)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  },
});

describe('A transaction of the embedded DynamoDB', () => {
  it('happens as a whole, or not at all', async () => {
    const { transact, get } = await setUp();
    await transact([put('a', '1'), put('b', '1')]);

    const error = await refusal(transact([add('a', '1'), exists('missing'), put('c', '1')]));

    expect(error.toJSON()).to.deep.equal({
      __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, None]',
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
        { Code: 'None' },
      ],
    });
    expect(await get('a')).to.deep.include({ n: { N: '1' } });
    expect(await get('c')).to.equal(undefined);
  });

  it('hands over the item of a failed condition, if asked for it', async () => {
    const { transact } = await setUp();
    await transact([put('a', '7')]);
    const condition = {
      Put: {
        TableName,
        Item: key('a'),
        ConditionExpression: 'attribute_not_exists(id)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    };

    const { details } = await refusal(transact([condition]));

    expect(details.CancellationReasons).to.deep.equal([
      {
        Code: 'ConditionalCheckFailed',
        Message: 'The conditional request failed',
        Item: { id: { S: 'a' }, n: { N: '7' } },
      },
    ]);
  });

  it('takes 100 actions, and no more, on different items', async () => {
    const { transact, call } = await setUp();
    await transact(Array.from({ length: 100 }, (_, at) => put(`i${at}`, '1')));

    const tooMany = await refusal(transact(Array.from({ length: 101 }, (_, at) => put(`i${at}`, '2'))));
    const twice = await refusal(transact([put('a', '1'), add('a', '1')]));

    expect(tooMany.message).to.match(/Member must have length less than or equal to 100/);
    expect(twice.message).to.equal('Transaction request cannot include multiple operations on one item');
    expect((await call('Scan', { TableName, Select: 'COUNT' })).Count).to.equal(100);
  });

  it('happens once for one request token, for ten minutes', async () => {
    const { clock, transact, get } = await setUp();
    const ClientRequestToken = 'token-1';
    await transact([add('a', '1')], { ClientRequestToken });

    await transact([add('a', '1')], { ClientRequestToken });
    const other = await refusal(transact([add('a', '2')], { ClientRequestToken }));
    expect(await get('a')).to.deep.include({ n: { N: '1' } });
    expect(other.code).to.equal('IdempotentParameterMismatchException');

    clock.advance(10 * 60 * 1000);
    await transact([add('a', '2')], { ClientRequestToken });
    expect(await get('a')).to.deep.include({ n: { N: '3' } });
  });

  it('costs twice what its writes cost', async () => {
    const { transact } = await setUp();

    const { ConsumedCapacity } = await transact([put('a', '1')], {
      ReturnConsumedCapacity: 'TOTAL',
    });

    expect(ConsumedCapacity).to.deep.equal([{ TableName, CapacityUnits: 2, WriteCapacityUnits: 2 }]);
  });

  describe('that takes time', () => {
    it('is in the way of everything that writes to its items, and of nothing else', async () => {
      const { engine, clock, transact, put: write, call, get } = await setUp();
      await write('a');
      engine.database.holds.holdMs = 15;
      const first = transact([add('a', '1')]);

      const plain = await refusal(write('a', { n: { N: '9' } }));
      const other = await refusal(transact([add('b', '1'), add('a', '1')]));
      const reads = await refusal(call('TransactGetItems', { TransactItems: [{ Get: { TableName, Key: key('a') } }] }));
      const { UnprocessedItems } = await call('BatchWriteItem', {
        RequestItems: { [TableName]: [{ PutRequest: { Item: key('a') } }, { PutRequest: { Item: key('c') } }] },
      });
      expect(await get('a')).to.deep.equal(key('a'));
      clock.advance(15);
      await first;

      expect(plain.code).to.equal('TransactionConflictException');
      expect(other.details.CancellationReasons).to.deep.equal([
        { Code: 'None' },
        { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' },
      ]);
      expect(reads.code).to.equal('TransactionCanceledException');
      expect(UnprocessedItems).to.deep.equal({ [TableName]: [{ PutRequest: { Item: key('a') } }] });
      expect([await get('a'), await get('b'), await get('c')]).to.deep.equal([
        { ...key('a'), n: { N: '1' } },
        undefined,
        key('c'),
      ]);
      await write('a');
    });

    it('says so to its own repetition', async () => {
      const { engine, clock, transact } = await setUp();
      engine.database.holds.holdMs = 15;
      const first = transact([put('a', '1')], { ClientRequestToken: 'token-1' });

      expect((await refusal(transact([put('a', '1')], { ClientRequestToken: 'token-1' }))).code).to.equal(
        'TransactionInProgressException',
      );
      clock.advance(15);
      await first;
    });
  });
});
