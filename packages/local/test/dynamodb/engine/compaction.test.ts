import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Engine } from '../../../src/dynamodb/engine/engine.ts';
import { removeTemporaryFolders, temporaryFolder } from '../../stack/set-up.ts';
import { ManualClock, refusal } from './set-up.ts';

/** Small enough that a few items reach it. */
const COMPACT_AT_BYTES = 4000;

describe('The log of the embedded DynamoDB when it is written anew', () => {
  const clock = new ManualClock();
  const started: Engine[] = [];
  /** Opens a folder, and what is in it when its process is gone: a copy, as the first one holds its files open. */
  const open = (folder: string, minCompactionBytes = COMPACT_AT_BYTES): Engine => {
    const store = { folder, sync: { afterMs: 100 }, onNotice: () => {}, minCompactionBytes };
    const engine = new Engine({ clock, region: 'us-east-1', accountId: '000000000000', store });
    started.push(engine);
    return engine;
  };
  const copyOf = (folder: string): string => {
    const copy = temporaryFolder();
    for (const file of readdirSync(folder)) copyFileSync(join(folder, file), join(copy, file));
    return copy;
  };
  const createTable = (engine: Engine, TableName = 'items') =>
    engine.call('CreateTable', {
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    });
  const put = (engine: Engine, id: string, more: object = {}) =>
    engine.call('PutItem', { TableName: 'items', Item: { id: { S: id }, ...more } });
  const ids = async (engine: Engine): Promise<string[]> => {
    const { Items } = await engine.call('Scan', { TableName: 'items' });
    return (Items as { id: { S: string } }[]).map(({ id }) => id.S).sort();
  };
  const wasCompacted = (folder: string): boolean =>
    readFileSync(join(folder, 'tables.log'), 'utf8').includes('"kind":"item"');

  afterEach(() => {
    for (const engine of started.splice(0)) engine.stop();
  });
  after(removeTemporaryFolders);

  it('keeps the very write that it was written anew for', async () => {
    const folder = temporaryFolder();
    const engine = open(folder);
    await createTable(engine);
    let written = 0;
    for (; !wasCompacted(folder); written++) {
      await put(engine, `i${written}`, { padding: { S: 'x'.repeat(500) } });
      expect(await ids(open(copyOf(folder)))).to.have.lengthOf(written + 1);
    }
    expect(written).to.be.greaterThan(2);
  });

  it('keeps the very table that it was written anew for', async () => {
    const folder = temporaryFolder();
    const engine = open(folder, 1);
    for (let n = 0; n < 5; n++) {
      await createTable(engine, `table-${n}`);
      const { TableNames } = await open(copyOf(folder), 1_000_000).call('ListTables', {});
      expect(TableNames).to.have.lengthOf(n + 1);
    }
    await engine.call('DeleteTable', { TableName: 'table-0' });
    const { TableNames } = await open(copyOf(folder), 1_000_000).call('ListTables', {});
    expect(TableNames).to.deep.equal(['table-1', 'table-2', 'table-3', 'table-4']);
  });

  it('loses nothing at any moment between two turns, while items change', async () => {
    const folder = temporaryFolder();
    const engine = open(folder, 150_000);
    await createTable(engine);
    const values = new Map<string, string>();
    const write = async (id: string, value: string) => {
      await put(engine, id, { value: { S: value }, padding: { S: 'x'.repeat(200) } });
      values.set(id, value);
    };
    const expectAll = async () => {
      const { Items } = await open(copyOf(folder), 10_000_000).call('Scan', { TableName: 'items' });
      const found = (Items as { id: { S: string }; value: { S: string } }[]).map(({ id, value }) => [id.S, value.S]);
      expect(new Map(found as [string, string][])).to.deep.equal(values);
    };
    const next = join(folder, 'tables.log.next');
    let n = 0;
    while (!existsSync(next)) await write(`i${n++}`, 'first');
    const turns = [];
    for (; existsSync(next); turns.push(n)) {
      const id = `i${(turns.length * 37) % n}`;
      await write(id, 'second');
      await write(`new-${turns.length}`, 'first');
      const gone = `i${(turns.length * 53 + 11) % n}`;
      await engine.call('DeleteItem', { TableName: 'items', Key: { id: { S: gone } } });
      values.delete(gone);
      await expectAll();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(turns.length).to.be.greaterThan(2);
    await expectAll();
    // What is written from now on goes to the file that has the name.
    await write('behind', 'it');
    await expectAll();
  });

  it('opens a folder with an item that an index added later does not take', async () => {
    const folder = temporaryFolder();
    const engine = open(folder);
    await createTable(engine);
    await put(engine, 'number', { tag: { N: '1' } });
    await put(engine, 'text', { tag: { S: 'a' } });
    await engine.call('UpdateTable', {
      TableName: 'items',
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'tag', AttributeType: 'S' },
      ],
      GlobalSecondaryIndexUpdates: [
        {
          Create: {
            IndexName: 'by-tag',
            KeySchema: [{ AttributeName: 'tag', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' },
          },
        },
      ],
    });
    while (!wasCompacted(folder)) await put(engine, 'other', { padding: { S: 'x'.repeat(900) } });
    const again = open(copyOf(folder));

    expect(await ids(again)).to.deep.equal(['number', 'other', 'text']);
    for (const each of [engine, again]) {
      const { Count } = await each.call('Scan', { TableName: 'items', IndexName: 'by-tag' });
      expect(Count).to.equal(1);
    }
  });

  it('remembers tokens of transactions for ten minutes, over a restart', async () => {
    const folder = temporaryFolder();
    const engine = open(folder);
    await createTable(engine);
    await put(engine, 'counter', { n: { N: '0' } });
    const add = (to: Engine, by: string) =>
      to.call('TransactWriteItems', {
        ClientRequestToken: 'token',
        TransactItems: [
          {
            Update: {
              TableName: 'items',
              Key: { id: { S: 'counter' } },
              UpdateExpression: 'ADD n :by',
              ExpressionAttributeValues: { ':by': { N: by } },
            },
          },
        ],
      });
    const count = async (of: Engine) => {
      const { Item } = await of.call('GetItem', { TableName: 'items', Key: { id: { S: 'counter' } } });
      return (Item as { n: { N: string } }).n.N;
    };
    await add(engine, '1');
    const restarted = open(copyOf(folder));
    while (!wasCompacted(folder)) await put(engine, 'other', { padding: { S: 'x'.repeat(900) } });
    const compacted = open(copyOf(folder));

    for (const each of [engine, restarted, compacted]) {
      await add(each, '1');
      expect(await count(each)).to.equal('1');
      expect((await refusal(add(each, '2'))).code).to.equal('IdempotentParameterMismatchException');
    }
    clock.advance(10 * 60 * 1000);
    await add(compacted, '2');
    expect(await count(compacted)).to.equal('3');
  });
});
