import { expect } from 'chai';
import { type DynamoDb, startDynamoDb } from '../../src/dynamodb/dynamodb.ts';
import { createTables } from '../../src/dynamodb/tables.ts';
import type { Table } from '../../src/stack/model.ts';
import { failureOf, removeTemporaryFolders, temporaryFolder } from '../stack/set-up.ts';
import { notes } from './set-up.ts';

describe('The embedded DynamoDB', () => {
  const started: DynamoDb[] = [];
  const start = (folder?: string): DynamoDb => {
    const dynamoDb = startDynamoDb({ folder });
    started.push(dynamoDb);
    return dynamoDb;
  };

  afterEach(async () => {
    await Promise.all(started.splice(0).map((dynamoDb) => dynamoDb.stop()));
  });
  after(removeTemporaryFolders);

  it('creates the tables of a stack with their indexes', async () => {
    const dynamoDb = start();
    await createTables(dynamoDb, [notes]);
    await dynamoDb.call('PutItem', { TableName: 'notes', Item: { id: { S: 'a' }, day: { N: '5' }, text: { S: 'x' } } });

    const { Items } = await dynamoDb.call('Query', {
      TableName: 'notes',
      IndexName: 'by-day',
      KeyConditionExpression: '#day = :day',
      ExpressionAttributeNames: { '#day': 'day' },
      ExpressionAttributeValues: { ':day': { N: '5' } },
    });

    expect(Items).to.deep.equal([{ id: { S: 'a' }, day: { N: '5' } }]);
  });

  it('says which error DynamoDB answered', async () => {
    const dynamoDb = start();

    expect(await failureOf(dynamoDb.call('GetItem', { TableName: 'none', Key: { id: { S: 'a' } } }))).to.match(
      /^DynamoDbCallError: GetItem: ResourceNotFoundException/,
    );
  });

  it('keeps its items in a folder from one run to the next', async () => {
    const folder = temporaryFolder();
    const first = start(folder);
    await createTables(first, [notes]);
    await first.call('PutItem', { TableName: 'notes', Item: { id: { S: 'a' } } });
    await first.stop();

    const second = start(folder);
    await createTables(second, [notes]);

    expect((await second.call('GetItem', { TableName: 'notes', Key: { id: { S: 'a' } } })).Item).to.deep.equal({
      id: { S: 'a' },
    });
  });

  it('refuses a folder whose table has other keys', async () => {
    const folder = temporaryFolder();
    const first = start(folder);
    await createTables(first, [notes]);
    await first.stop();
    const changed: Table = {
      ...notes,
      createTable: { ...notes.createTable, KeySchema: [{ AttributeName: 'day', KeyType: 'HASH' }] },
    };

    expect(await failureOf(createTables(start(folder), [changed]))).to.equal(
      'DataFolderError: Table notes in the data folder has other keys, indexes or another stream than the stack: use another folder, or delete it',
    );
  });

  it('stops twice, and answers 503 afterwards', async () => {
    const dynamoDb = start();
    await Promise.all([dynamoDb.stop(), dynamoDb.stop()]);

    const { statusCode } = await dynamoDb.handle({}, Buffer.from('{}'));

    expect(statusCode).to.equal(503);
  });
});
