import type { Database } from '../database.ts';
import { batchWriteItem } from './batch-write.ts';
import type { Input } from './input.ts';
import { batchGetItem, getItem } from './read-item.ts';
import { query, scan } from './search.ts';
import { describeStream, getRecords, getShardIterator, listStreams } from './streams.ts';
import {
  createTable,
  deleteTable,
  describeTable,
  describeTimeToLive,
  listTables,
  updateTable,
  updateTimeToLive,
} from './tables.ts';
import { transactGetItems, transactWriteItems } from './transactions.ts';
import { deleteItem, putItem, updateItem } from './write-item.ts';

export type Operation = (db: Database, input: Input) => object | Promise<object>;

/** What the DynamoDB API has here, by the target prefix of its protocol. */
export const operations: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  DynamoDB_20120810: {
    BatchGetItem: batchGetItem,
    BatchWriteItem: batchWriteItem,
    CreateTable: createTable,
    DeleteItem: deleteItem,
    DeleteTable: deleteTable,
    DescribeTable: describeTable,
    DescribeTimeToLive: describeTimeToLive,
    GetItem: getItem,
    ListTables: listTables,
    PutItem: putItem,
    Query: query,
    Scan: scan,
    TransactGetItems: transactGetItems,
    TransactWriteItems: transactWriteItems,
    UpdateItem: updateItem,
    UpdateTable: updateTable,
    UpdateTimeToLive: updateTimeToLive,
  },
  DynamoDBStreams_20120810: {
    DescribeStream: describeStream,
    GetRecords: getRecords,
    GetShardIterator: getShardIterator,
    ListStreams: listStreams,
  },
};
