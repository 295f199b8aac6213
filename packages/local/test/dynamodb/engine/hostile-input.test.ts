import { expect } from 'chai';
import type { Engine } from '../../../src/dynamodb/engine/engine.ts';
import { refusal, setUp } from './set-up.ts';

type Item = Record<string, unknown>;

describe('The embedded DynamoDB and input that means it no good', () => {
  /** As it comes from the network: only JSON can have `__proto__` as a name of its own. */
  const answer = async (engine: Engine, operation: string, json: string) => {
    const { statusCode, body } = await engine.answer(`DynamoDB_20120810.${operation}`, Buffer.from(json));
    return { statusCode, body };
  };
  const createTable = (name: string) => ({
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  });

  for (const type of ['constructor', 'toString', 'valueOf', '__proto__']) {
    it(`takes no ${type} for a type`, async () => {
      const { engine } = await setUp();
      const { statusCode, body } = await answer(
        engine,
        'PutItem',
        `{"TableName":"items","Item":{"id":{"S":"a"},"x":{"${type}":{"S":"y"}}}}`,
      );

      expect(statusCode).to.equal(400);
      expect(body).to.include('Supplied AttributeValue is empty');
    });
  }

  it('keeps attributes that are called like parts of every object', async () => {
    const { engine } = await setUp();
    const item = '{"id":{"S":"a"},"__proto__":{"S":"y"},"constructor":{"M":{"__proto__":{"N":"1"}}}}';
    await answer(engine, 'PutItem', `{"TableName":"items","Item":${item}}`);
    await answer(
      engine,
      'UpdateItem',
      `{"TableName":"items","Key":{"id":{"S":"a"}},"UpdateExpression":"SET #c.#p = :v",
        "ExpressionAttributeNames":{"#p":"__proto__","#c":"constructor"},"ExpressionAttributeValues":{":v":{"N":"2"}}}`,
    );
    const { body } = await answer(engine, 'GetItem', '{"TableName":"items","Key":{"id":{"S":"a"}}}');

    expect(body).to.equal(`{"Item":${item.replace('"1"', '"2"')}}`);
  });

  it('reads batches from a table that is called __proto__', async () => {
    const { engine, call } = await setUp();
    await call('CreateTable', createTable('__proto__'));
    await call('PutItem', { TableName: '__proto__', Item: { id: { S: '1' } } });
    const { body } = await answer(engine, 'BatchGetItem', '{"RequestItems":{"__proto__":{"Keys":[{"id":{"S":"1"}}]}}}');

    expect(body).to.equal('{"Responses":{"__proto__":[{"id":{"S":"1"}}]},"UnprocessedKeys":{}}');
  });

  it('refuses a number of 600,000 digits without trying at each of them', async () => {
    const { put } = await setUp();
    const { message } = await refusal(put('a', { n: { N: `1${'0'.repeat(600_000)}1` } }));

    expect(message).to.include('Number overflow');
  });

  it('refuses attributes without a name, at the top and in maps', async () => {
    const { put } = await setUp();

    expect((await refusal(put('a', { '': { S: 'x' } }))).message).to.equal('Empty attribute name');
    expect((await refusal(put('a', { m: { M: { '': { S: 'x' } } } }))).message).to.equal('Empty attribute name');
  });

  it('refuses what is nested deeper than 32 levels', async () => {
    const { put } = await setUp();
    const nested = (depth: number): object => (depth > 0 ? { L: [nested(depth - 1)] } : { S: 'x' });
    await put('a', { x: nested(31) });

    expect((await refusal(put('a', { x: nested(32) }))).message).to.include('Nesting Levels');
  });

  describe('expressions', () => {
    const update = async (expression: string, values?: object) => {
      const { call, put } = await setUp();
      await put('a', { l: { L: [{ S: '0' }, { S: '1' }] } });
      const { Attributes } = await call('UpdateItem', {
        TableName: 'items',
        Key: { id: { S: 'a' } },
        UpdateExpression: expression,
        ...(values && { ExpressionAttributeValues: values }),
        ReturnValues: 'ALL_NEW',
      });
      return (Attributes as { l: { L: { S: string }[] } }).l.L.map(({ S }) => S).join('');
    };
    const two = { ':v': { S: 'V' }, ':w': { S: 'W' } };

    it('add to the end of a list in the order of the positions, however far away these are', async () => {
      expect(await update('SET l[2147483647] = :v, l[2147483646] = :w', two)).to.equal('01WV');
      expect(await update('SET l[9] = :v, l[1] = :w REMOVE l[0]', two)).to.equal('WV');
    });

    it('name no position beyond those that a list can have', async () => {
      const { message } = await refusal(update('SET l[4294967296] = :v, l[1] = :w', two));

      expect(message).to.equal(
        'Invalid UpdateExpression: List index is not within the allowable range; index: [4294967296]',
      );
    });

    it('have at most 300 operators', async () => {
      const { call } = await setUp();
      const put = (ConditionExpression: string) =>
        call('PutItem', {
          TableName: 'items',
          Item: { id: { S: 'a' } },
          ConditionExpression,
          ExpressionAttributeValues: { ':v': { N: '1' } },
        });
      const comparisons = (count: number) => Array.from({ length: count }, () => 'a=:v').join(' OR ');

      expect((await refusal(put(comparisons(150)))).code).to.equal('ConditionalCheckFailedException');
      for (const condition of [comparisons(151), `${'NOT '.repeat(900)}a = :v`]) {
        expect((await refusal(put(condition))).message).to.equal(
          'Invalid ConditionExpression: The expression contains too many operators; operator count: 301',
        );
      }
    });

    it('have paths of at most 32 steps', async () => {
      const { message } = await refusal(update(`REMOVE l${'.b'.repeat(40)}`));

      expect(message).to.equal(
        'Invalid UpdateExpression: The document path has too many nesting levels; nesting levels: 41',
      );
    });
  });

  describe('pages', () => {
    it('end with the item that reaches 1 MB', async () => {
      const { call, put } = await setUp();
      for (let n = 0; n < 12; n++) await put(`i${n}`, { tag: { S: 't' }, x: { S: 'x'.repeat(100_000) } });
      const query = { TableName: 'items', IndexName: 'by-tag', KeyConditionExpression: 'tag = :t' };
      const ExpressionAttributeValues = { ':t': { S: 't' } };
      const { Count, LastEvaluatedKey } = await call('Query', { ...query, ExpressionAttributeValues });
      const rest = await call('Query', { ...query, ExpressionAttributeValues, ExclusiveStartKey: LastEvaluatedKey });

      expect([Count, rest.Count, rest.LastEvaluatedKey]).to.deep.equal([11, 1, undefined]);
    });

    it('go on behind an item that is deleted meanwhile, in both directions', async () => {
      const { call } = await setUp();
      const key = [
        { AttributeName: 'id', KeyType: 'HASH' },
        { AttributeName: 'n', KeyType: 'RANGE' },
      ];
      const AttributeDefinitions = [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'n', AttributeType: 'N' },
      ];
      await call('CreateTable', { ...createTable('numbers'), AttributeDefinitions, KeySchema: key });
      const keyOf = (n: number) => ({ id: { S: 'a' }, n: { N: String(n) } });
      for (let n = -3; n <= 3; n++) await call('PutItem', { TableName: 'numbers', Item: keyOf(n) });
      const page = async (more: object) => {
        const { Items, LastEvaluatedKey } = await call('Query', {
          TableName: 'numbers',
          KeyConditionExpression: 'id = :id',
          ExpressionAttributeValues: { ':id': { S: 'a' } },
          ...more,
        });
        return { found: (Items as { n: { N: string } }[]).map(({ n }) => n.N).join(' '), last: LastEvaluatedKey };
      };
      const first = await page({ Limit: 2 });
      const backwards = await page({ Limit: 2, ScanIndexForward: false });
      for (const n of [-2, 2]) await call('DeleteItem', { TableName: 'numbers', Key: keyOf(n) });

      expect(first.found).to.equal('-3 -2');
      expect((await page({ ExclusiveStartKey: first.last })).found).to.equal('-1 0 1 3');
      expect(backwards.found).to.equal('3 2');
      expect((await page({ ExclusiveStartKey: backwards.last, ScanIndexForward: false })).found).to.equal('1 0 -1 -3');
    });
  });

  it('writes no stream record for an item whose parts only stand in another order', async () => {
    const { put, streams, engine } = await setUp();
    const item = (m: Item) => ({ m: { M: m }, tags: { SS: Object.keys(m) } });
    await put('a', item({ x: { S: '1' }, y: { S: '2' } }));
    await put('a', item({ y: { S: '2' }, x: { S: '1' } }));
    const stream = engine.database.streams.get('items');
    const { StreamDescription } = (await streams('DescribeStream', { StreamArn: stream?.arn })) as {
      StreamDescription: { Shards: { ShardId: string }[] };
    };
    const names: string[] = [];
    for (const { ShardId } of StreamDescription.Shards) {
      const iterator = await streams('GetShardIterator', {
        StreamArn: stream?.arn,
        ShardId,
        ShardIteratorType: 'TRIM_HORIZON',
      });
      const { Records } = await streams('GetRecords', iterator);
      names.push(...(Records as { eventName: string }[]).map(({ eventName }) => eventName));
    }

    expect(names).to.deep.equal(['INSERT']);
  });
});
