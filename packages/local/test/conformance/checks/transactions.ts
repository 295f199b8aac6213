import { expect } from 'chai';
import { section } from '../check.ts';
import { tableCheck } from '../table-target.ts';
import { TableWorld } from './table-world.ts';

const HOW = 'AWS: DynamoDB Developer Guide, "Amazon DynamoDB Transactions: How it works"';
const WRITE = 'AWS: DynamoDB API Reference, TransactWriteItems';
const GET = 'AWS: DynamoDB API Reference, TransactGetItems';
const QUOTAS = 'AWS: DynamoDB Developer Guide, "Quotas in Amazon DynamoDB"';
const many = (count: number) => Array.from({ length: count }, (_, at) => `i${at}`);

/** TransactWriteItems and TransactGetItems. */
export function transactionChecks(): void {
  section('Transactions', () => {
    tableCheck(
      'tx-all',
      'All actions of a transaction happen',
      { source: HOW, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target);
        await world.put('gone');
        await world.put('there');
        await world.transact([
          world.putting('new'),
          world.adding('counter'),
          { Delete: world.key('gone') },
          world.checking('there'),
        ]);
        expect(await Promise.all(['new', 'counter', 'gone'].map(world.get))).to.deep.equal([
          { id: { S: 'new' } },
          { id: { S: 'counter' }, n: { N: '1' } },
          undefined,
        ]);
      },
    );
    tableCheck(
      'tx-none',
      'One condition that fails, and none happens',
      { source: HOW, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target);
        const { code } = await world.transactRefused([world.putting('new'), world.checking('absent')]);
        expect([code, await world.get('new')]).to.deep.equal(['TransactionCanceledException', undefined]);
      },
    );
    tableCheck(
      'tx-tables',
      'A transaction goes over several tables',
      { source: HOW, dynamoDbLocal: 'pass' },
      async (target) => {
        const [one, other] = [await TableWorld.create(target), await TableWorld.create(target)];
        await one.transact([one.putting('a'), other.putting('a')]);
        expect([await one.get('a'), await other.get('a')]).to.deep.equal([{ id: { S: 'a' } }, { id: { S: 'a' } }]);
      },
    );
    tableCheck('tx-100', 'It takes 100 actions', { source: WRITE, dynamoDbLocal: 'pass' }, async (target) => {
      const world = await TableWorld.create(target);
      await world.transact(many(100).map((id) => world.putting(id)));
      expect((await world.ok('Scan', { Select: 'COUNT' })).Count).to.equal(100);
    });
    tableCheck('tx-101', 'It refuses 101 actions', { source: WRITE, dynamoDbLocal: 'pass' }, async (target) => {
      const world = await TableWorld.create(target);
      const { code } = await world.transactRefused(many(101).map((id) => world.putting(id)));
      expect(code).to.equal('ValidationException');
    });
    tableCheck(
      'tx-no-action',
      'It refuses a transaction of no actions',
      { source: WRITE, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target);
        expect((await world.transactRefused([])).code).to.equal('ValidationException');
      },
    );
    tableCheck(
      'tx-4mb',
      'It refuses items of more than 4 MB together',
      { source: WRITE, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target);
        const padding = { x: { S: 'x'.repeat(390 * 1024) } };
        const { code } = await world.transactRefused(many(12).map((id) => world.putting(id, padding)));
        expect([code, await world.get('i0')]).to.deep.equal(['ValidationException', undefined]);
      },
    );
    tableCheck(
      'tx-under-4mb',
      'It takes items of almost 4 MB together',
      { source: QUOTAS, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target);
        await world.transact(many(10).map((id) => world.putting(id, { x: { S: 'x'.repeat(390 * 1024) } })));
        expect((await world.ok('Scan', { Select: 'COUNT', Limit: 2 })).Count).to.equal(2);
      },
    );
    tableCheck(
      'tx-one-item',
      'It refuses two actions on one item',
      { source: WRITE, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target);
        const { code, message } = await world.transactRefused([world.putting('a'), { Delete: world.key('a') }]);
        expect(code).to.equal('ValidationException');
        expect(message).to.equal('Transaction request cannot include multiple operations on one item');
      },
    );
    tableCheck(
      'tx-two-kinds',
      'It refuses an action that is two at once',
      { source: WRITE, confirmed: false, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target);
        const { code } = await world.transactRefused([{ ...world.putting('a'), Delete: world.key('b') }]);
        expect(code).to.equal('ValidationException');
      },
    );
    tableCheck(
      'tx-no-table',
      'It refuses a table that is not there',
      { source: WRITE, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target);
        const absent = { Put: { TableName: 'not-there', Item: { id: { S: 'a' } } } };
        expect((await world.transactRefused([world.putting('a'), absent])).code).to.equal('ResourceNotFoundException');
        expect(await world.get('a')).to.equal(undefined);
      },
    );
    tableCheck(
      'tx-reasons',
      'Reasons stand in the order of the actions, None for what was possible',
      { source: WRITE, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target);
        const { reasons, message } = await world.transactRefused([
          world.putting('a'),
          world.checking('b'),
          world.putting('c'),
          world.checking('d'),
        ]);
        expect(reasons.map(({ Code }) => Code)).to.deep.equal([
          'None',
          'ConditionalCheckFailed',
          'None',
          'ConditionalCheckFailed',
        ]);
        expect(message).to.equal(
          'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, None, ConditionalCheckFailed]',
        );
      },
    );
    const failing = { ConditionExpression: 'attribute_not_exists(id)' };
    tableCheck(
      'tx-item',
      'ReturnValuesOnConditionCheckFailure hands over the item',
      { source: WRITE, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target);
        await world.put('a', { n: { N: '5' } });
        const { reasons } = await world.transactRefused([
          world.checking('a', { ...failing, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
        ]);
        expect(reasons[0]?.Item).to.deep.equal({ id: { S: 'a' }, n: { N: '5' } });
      },
    );
    tableCheck(
      'tx-no-item',
      'Without it a reason has no item',
      { source: WRITE, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target);
        await world.put('a');
        expect((await world.transactRefused([world.checking('a', failing)])).reasons[0]).not.to.have.property('Item');
      },
    );
    tableCheck(
      'tx-before',
      'A condition sees the item as it was before the action that it belongs to',
      { source: WRITE, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target);
        await world.put('counter', { n: { N: '1' } });
        await world.put('gone');
        await world.transact([
          { Put: { ...world.putting('new').Put, ConditionExpression: 'attribute_not_exists(id)' } },
          {
            Update: {
              ...world.key('counter'),
              UpdateExpression: 'SET n = n + :one',
              ConditionExpression: 'n = :one',
              ExpressionAttributeValues: { ':one': { N: '1' } },
            },
          },
          { Delete: { ...world.key('gone'), ConditionExpression: 'attribute_exists(id)' } },
        ]);
        expect(await Promise.all(['new', 'counter', 'gone'].map(world.get))).to.deep.equal([
          { id: { S: 'new' } },
          { id: { S: 'counter' }, n: { N: '2' } },
          undefined,
        ]);
      },
    );
    tableCheck(
      'tx-token',
      'A request token lets a transaction happen once',
      { source: WRITE, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target);
        for (let times = 0; times < 3; times++)
          await world.transact([world.adding('a')], { ClientRequestToken: `once-${world.name}`.slice(0, 36) });
        expect((await world.get('a'))?.n).to.deep.equal({ N: '1' });
      },
    );
    tableCheck(
      'tx-token-mismatch',
      'It refuses a request token with another transaction',
      { source: WRITE, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target);
        const token = { ClientRequestToken: world.name.slice(0, 36) };
        await world.transact([world.adding('a')], token);
        expect((await world.transactRefused([world.adding('b')], token)).code).to.equal(
          'IdempotentParameterMismatchException',
        );
      },
    );
    tableCheck(
      'tx-token-ten-minutes',
      'A request token is forgotten after ten minutes',
      { source: WRITE, dynamoDbLocal: 'cannot' },
      async (target) => {
        const world = await TableWorld.create(target);
        for (const minutes of [9, 1, 0]) {
          await world.transact([world.adding('a')], { ClientRequestToken: 'token' });
          world.own.clock.advance(minutes * 60_000);
        }
        expect((await world.get('a'))?.n).to.deep.equal({ N: '2' });
      },
    );
    tableCheck(
      'tx-token-capacity',
      'A repetition takes what reading the items takes: two units for each',
      { source: HOW, confirmed: false, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target);
        const more = { ClientRequestToken: world.name.slice(0, 36), ReturnConsumedCapacity: 'TOTAL' };
        await world.transact([world.adding('a')], more);
        const { ConsumedCapacity } = await world.transact([world.adding('a')], more);
        expect(ConsumedCapacity).to.deep.include.members([
          { TableName: world.name, CapacityUnits: 2, ReadCapacityUnits: 2 },
        ]);
      },
    );
    tableCheck(
      'tx-capacity',
      'A write takes twice as much as by itself',
      { source: HOW, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target);
        const { ConsumedCapacity } = await world.transact([world.putting('a'), world.putting('b')], {
          ReturnConsumedCapacity: 'TOTAL',
        });
        expect((ConsumedCapacity as { CapacityUnits: number }[])[0]?.CapacityUnits).to.equal(4);
      },
    );
    tableCheck(
      'tx-get',
      'A reading transaction answers in the order of its actions',
      { source: GET, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target);
        await world.put('a');
        await world.put('c');
        expect((await world.transactGet(['c', 'a'])).Responses).to.deep.equal([
          { Item: { id: { S: 'c' } } },
          { Item: { id: { S: 'a' } } },
        ]);
      },
    );
    tableCheck(
      'tx-get-absent',
      'An item that is not there is answered with an empty object',
      { source: `${GET}, says "Null"`, confirmed: false, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target);
        expect((await world.transactGet(['a'])).Responses).to.deep.equal([{}]);
      },
    );
    tableCheck('tx-get-101', 'It refuses to read 101 items', { source: GET, dynamoDbLocal: 'pass' }, async (target) => {
      const world = await TableWorld.create(target);
      const { code } = await world.transactRefused(
        many(101).map((id) => ({ Get: world.key(id) })),
        {},
        'TransactGetItems',
      );
      expect(code).to.equal('ValidationException');
    });
    tableCheck(
      'tx-get-capacity',
      'A read takes twice as much as a consistent one by itself',
      { source: HOW, dynamoDbLocal: 'pass' },
      async (target) => {
        const world = await TableWorld.create(target);
        await world.put('a');
        const { ConsumedCapacity } = await world.transactGet(['a'], { ReturnConsumedCapacity: 'TOTAL' });
        expect((ConsumedCapacity as { CapacityUnits: number }[])[0]?.CapacityUnits).to.equal(2);
      },
    );
    const inFlight = async (target: Parameters<typeof TableWorld.create>[0]) => {
      const world = await TableWorld.create(target);
      world.own.holdTransactions(1000);
      const transaction = world.transact([world.putting('a', { n: { N: '1' } })]);
      const finish = async () => {
        world.own.clock.advance(1000);
        await transaction;
      };
      return { world, finish };
    };
    tableCheck(
      'tx-conflict',
      'A transaction on an item of one in flight is cancelled: TransactionConflict',
      { source: HOW, dynamoDbLocal: 'cannot' },
      async (target) => {
        const { world, finish } = await inFlight(target);
        const { reasons } = await world.transactRefused([world.putting('b'), world.putting('a')]);
        expect(reasons.map(({ Code }) => Code)).to.deep.equal(['None', 'TransactionConflict']);
        await finish();
      },
    );
    tableCheck(
      'tx-conflict-write',
      'A single write to it is refused: TransactionConflictException',
      { source: HOW, dynamoDbLocal: 'cannot' },
      async (target) => {
        const { world, finish } = await inFlight(target);
        expect((await world.refused('PutItem', { Item: { id: { S: 'a' } } })).code).to.equal(
          'TransactionConflictException',
        );
        await finish();
        expect((await world.get('a'))?.n).to.deep.equal({ N: '1' });
      },
    );
    tableCheck(
      'tx-conflict-read',
      'A single read of it is not in its way, and sees it as it was before',
      { source: HOW, dynamoDbLocal: 'cannot' },
      async (target) => {
        const { world, finish } = await inFlight(target);
        expect(await world.get('a')).to.equal(undefined);
        await finish();
      },
    );
  });
}
