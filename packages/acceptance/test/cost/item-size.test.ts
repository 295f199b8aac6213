import { expect } from 'chai';
import { dynamoDbUnits } from '../../src/cost/dynamodb-units.ts';
import { indexWriteUnits, itemBytes, readUnits, writeUnits } from '../../src/cost/item-size.ts';

describe('the size of an item', () => {
  it('is that of its names and values', () => {
    expect(itemBytes({ name: 'Grüße' })).to.equal(4 + 7);
    expect(itemBytes({ isActive: true })).to.equal(8 + 1);
  });

  it('counts a byte for every two digits of a number, and one more', () => {
    expect(itemBytes({ n: 1_764_000_000_123 })).to.equal(1 + 8);
    expect(itemBytes({ n: 5 })).to.equal(1 + 2);
    expect(itemBytes({ n: -12 })).to.equal(1 + 3);
  });

  it('counts three bytes for a map or list, and one for each member', () => {
    expect(itemBytes({ m: { what: 'places', since: 12 } })).to.equal(1 + 3 + (4 + 1 + 6) + (5 + 1 + 2));
    expect(itemBytes({ l: ['a', 'b'] })).to.equal(1 + 3 + 2 + 2);
  });
});

describe('units of DynamoDB', () => {
  const item = (bytes: number) => ({ x: 'a'.repeat(bytes - 1) });

  it('of a write follow from the larger of what was there and what is there, in steps of 1 KB', () => {
    expect(writeUnits(undefined, item(1024))).to.equal(1);
    expect(writeUnits(item(1025), item(10))).to.equal(2);
    expect(writeUnits(undefined, undefined)).to.equal(1);
  });

  it('of a read come in steps of 4 KB, and at half price if it may be late', () => {
    expect(readUnits(0, { consistent: true })).to.equal(1);
    expect(readUnits(4097, { consistent: true })).to.equal(2);
    expect(readUnits(4096, { consistent: false })).to.equal(0.5);
  });

  it('of an index: one for an entry that comes or goes, two for one that moves, none for the rest', () => {
    const listener = { id: 'c1', sessionId: 's1', targetLanguage: 'es', beat: 1 };
    const { targetLanguage: _, ...superseded } = listener;
    const keys = ['sessionId', 'targetLanguage'];
    expect(indexWriteUnits(undefined, listener, keys)).to.equal(1);
    expect(indexWriteUnits(listener, superseded, keys)).to.equal(1);
    expect(indexWriteUnits(listener, { ...listener, targetLanguage: 'fr' }, keys)).to.equal(2);
    expect(indexWriteUnits(listener, { ...listener, beat: 2 }, keys)).to.equal(0);
  });

  it('of a few calls: those that changed something by what they changed, the others one each', () => {
    const table = {
      name: 'dev-connections',
      createTable: {
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        GlobalSecondaryIndexes: [
          { IndexName: 'by-session', KeySchema: [{ AttributeName: 'sessionId', KeyType: 'HASH' }] },
        ],
      },
    };
    const calls = ['PutItem', 'DeleteItem', 'UpdateItem', 'GetItem', 'Query', 'Scan'].map((operation) => ({
      functionName: 'f',
      action: `dynamodb:${operation}`,
      resource: `arn:aws:dynamodb:us-east-1:000000000000:table/dev-connections${operation === 'Query' ? '/index/by-session' : ''}`,
    }));
    const before = new Map([['dev-connections', [{ id: 'a', sessionId: 's1', text: 'x'.repeat(5000) }]]]);
    const after = new Map([['dev-connections', [{ id: 'b' }]]]);

    const units = dynamoDbUnits(calls, { before, after, tables: [table] });

    // Written: `b` comes (1), `a` goes (5, and 1 for its entry), and one that changes nothing (1).
    // Read: one item (1), an index of some bytes (0.5), 5,010 bytes of a table (2).
    expect(units).to.deep.equal({ writeUnits: 8, readUnits: 3.5 });
  });
});
