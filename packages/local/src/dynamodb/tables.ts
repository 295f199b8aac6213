import { isDeepStrictEqual } from 'node:util';
import { DataFolderError } from '../errors.ts';
import type { Table } from '../stack/model.ts';
import { type DynamoDb, DynamoDbCallError } from './dynamodb.ts';

/**
 * Creates the tables that are not there yet, and waits until all can be used.
 * @throws {DataFolderError} a table of an earlier run has other keys, indexes or another stream than the stack's
 */
export async function createTables(dynamoDb: DynamoDb, tables: readonly Table[]): Promise<void> {
  await Promise.all(
    tables.map(async (table) => {
      if (table.streamLabel !== undefined) dynamoDb.database.streamLabels.set(table.name, table.streamLabel);
      const existing = await describe(dynamoDb, table.name);
      if (existing === undefined) await dynamoDb.call('CreateTable', table.createTable);
      else if (
        !isDeepStrictEqual(shapeOf(existing), shapeOf(table.createTable)) ||
        (table.streamLabel !== undefined && existing.LatestStreamLabel !== table.streamLabel)
      ) {
        throw new DataFolderError(
          `Table ${table.name} in the data folder has other keys, indexes or another stream than the stack: use another folder, or delete it`,
        );
      }
      await enableTtl(dynamoDb, table);
      while ((await describe(dynamoDb, table.name))?.TableStatus !== 'ACTIVE') await nextTurn();
    }),
  );
}

async function enableTtl(dynamoDb: DynamoDb, { name: TableName, ttlAttribute }: Table): Promise<void> {
  const { TimeToLiveDescription } = await dynamoDb.call('DescribeTimeToLive', { TableName });
  const { AttributeName } = TimeToLiveDescription as { AttributeName?: string };
  if (AttributeName === ttlAttribute) return;
  const specify = (name: string, Enabled: boolean) =>
    dynamoDb.call('UpdateTimeToLive', { TableName, TimeToLiveSpecification: { AttributeName: name, Enabled } });
  if (AttributeName !== undefined) await specify(AttributeName, false);
  if (ttlAttribute !== undefined) await specify(ttlAttribute, true);
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

type Description = Readonly<Record<string, unknown>>;

async function describe(dynamoDb: DynamoDb, name: string): Promise<Description | undefined> {
  try {
    return (await dynamoDb.call('DescribeTable', { TableName: name })).Table as Description;
  } catch (error) {
    if (error instanceof DynamoDbCallError && error.code === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

/** What cannot be changed, or not by creating the table again: keys, indexes with theirs, and the stream. */
function shapeOf(table: Description): object {
  const indexes = [...list(table.GlobalSecondaryIndexes), ...list(table.LocalSecondaryIndexes)]
    .map(({ IndexName, KeySchema, Projection }) => ({ IndexName: String(IndexName), KeySchema, Projection }))
    .sort((a, b) => a.IndexName.localeCompare(b.IndexName));
  const attributes = list(table.AttributeDefinitions)
    .map(({ AttributeName, AttributeType }) => `${AttributeName}:${AttributeType}`)
    .sort();
  return { keys: table.KeySchema, attributes, indexes, stream: table.StreamSpecification };
}

const list = (value: unknown): Description[] => (Array.isArray(value) ? value : []);
