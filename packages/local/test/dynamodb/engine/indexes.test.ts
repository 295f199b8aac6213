import { expect } from 'chai';
import { expireItems } from '../../../src/dynamodb/engine/expire.ts';
import { setUp } from './set-up.ts';

describe('An index of the embedded DynamoDB', () => {
  it('has every item once, at ten thousand of one key too', async () => {
    const { put, call } = await setUp();
    for (let n = 0; n < 10_000; n++) await put(`i${n}`, { tag: { S: 't' } });
    const seen = new Set<string>();
    let ExclusiveStartKey: unknown;
    do {
      const page = await call('Query', {
        TableName: 'items',
        IndexName: 'by-tag',
        KeyConditionExpression: 'tag = :t',
        ExpressionAttributeValues: { ':t': { S: 't' } },
        Limit: 999,
        ...(ExclusiveStartKey !== undefined && { ExclusiveStartKey }),
      });
      for (const { id } of page.Items as { id: { S: string } }[]) seen.add(id.S);
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);

    expect(seen.size).to.equal(10_000);
  });

  it('does not gather changes without bound when it lags and is never read', async () => {
    const { engine, clock, put } = await setUp();
    const index = engine.database.table('items').indexes.get('by-tag');
    index?.setLag(60_000, clock.nowMs());
    for (let n = 0; n < 200; n++) await put(`i${n}`, { tag: { S: 't' } });
    expect(index?.pending).to.equal(200);

    clock.advance(60_000);
    await put('one more', { tag: { S: 't' } });

    expect(index?.pending).to.equal(1);
  });

  it('says in its stream that it was the service that deleted what expired', async () => {
    const { engine, clock, call, put } = await setUp();

    await call('UpdateTimeToLive', {
      TableName: 'items',
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    });
    await put('old', { expiresAt: { N: String(Math.floor(clock.nowMs() / 1000) - 1) } });

    expect(await expireItems(engine.database, 'items', () => false)).to.equal(1);
    const records = [...(engine.database.streams.get('items')?.kept(clock.nowMs()) ?? [])].map(
      ({ kept }) => kept.record,
    );
    expect(records.map(({ eventName, userIdentity }) => ({ eventName, userIdentity }))).to.deep.equal([
      { eventName: 'INSERT', userIdentity: undefined },
      { eventName: 'REMOVE', userIdentity: { principalId: 'dynamodb.amazonaws.com', type: 'Service' } },
    ]);
  });
});
