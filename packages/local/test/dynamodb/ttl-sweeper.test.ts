import { expect } from 'chai';
import type { Clock } from '../../src/clock.ts';
import { type DynamoDb, startDynamoDb } from '../../src/dynamodb/dynamodb.ts';
import { createTables } from '../../src/dynamodb/tables.ts';
import { startTtlSweeper } from '../../src/dynamodb/ttl-sweeper.ts';
import type { Table } from '../../src/stack/model.ts';
import { notes } from './set-up.ts';

const NOW_SECONDS = 1_800_000_000;

describe('The TTL sweeper', () => {
  let dynamoDb: DynamoDb;
  let fire: () => void;
  let armed: Promise<void>;
  const clock: Clock = {
    nowMs: () => NOW_SECONDS * 1000,
    setTimer: (callback) => {
      fire = callback;
      signalArmed();
      return () => {};
    },
  };
  let signalArmed = (): void => {};

  beforeEach(async () => {
    armed = new Promise((resolve) => {
      signalArmed = resolve;
    });
    dynamoDb = startDynamoDb({ clock });
    await createTables(dynamoDb, [notes]);
  });
  afterEach(() => dynamoDb.stop());

  const put = (id: string, expiresAt?: object): Promise<unknown> =>
    dynamoDb.call('PutItem', { TableName: 'notes', Item: { id: { S: id }, ...(expiresAt && { expiresAt }) } });
  const ids = async (): Promise<string[]> => {
    const { Items } = await dynamoDb.call('Scan', { TableName: 'notes' });
    return (Items as { id: { S: string } }[]).map(({ id }) => id.S).sort();
  };
  const sweeper = (tables: readonly Table[] = [notes]) =>
    startTtlSweeper({ dynamoDb, tables, clock, intervalMs: 1000, onError: (error) => expect.fail(String(error)) });

  it('deletes what has expired, and nothing else', async () => {
    await put('past', { N: String(NOW_SECONDS - 1) });
    await put('now', { N: String(NOW_SECONDS) });
    await put('future', { N: String(NOW_SECONDS + 60) });
    await put('never');
    await put('text', { S: '5' });
    await put('ancient', { N: '1000' }); // over five years ago: DynamoDB takes it for a mistake

    expect(await sweeper().sweep()).to.equal(1);
    expect(await ids()).to.deep.equal(['ancient', 'future', 'never', 'now', 'text']);
  });

  it('works through many pages', async () => {
    await Promise.all(Array.from({ length: 450 }, (_, n) => put(`n${n}`, { N: String(NOW_SECONDS - 1) })));
    await put('kept', { N: String(NOW_SECONDS + 1) });

    expect(await sweeper().sweep()).to.equal(450);
    expect(await ids()).to.deep.equal(['kept']);
  });

  it('leaves tables without TTL alone', async () => {
    await put('past', { N: String(NOW_SECONDS - 1) });
    const { ttlAttribute: _, ...withoutTtl } = notes;

    expect(await sweeper([withoutTtl]).sweep()).to.equal(0);
  });

  it('sweeps by timer, again and again', async () => {
    await put('past', { N: String(NOW_SECONDS - 1) });
    const running = sweeper();
    await armed;
    const armedAgain = new Promise<void>((resolve) => {
      signalArmed = resolve;
    });

    fire();
    await armedAgain;

    expect(await ids()).to.deep.equal([]);
    await running.stop();
  });
});
