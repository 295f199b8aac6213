import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { ServiceError } from '../protocol/index.ts';
import type { Connection, Place } from '../sessions/model.ts';
import type { ConnectionRepository, HeartbeatHistory, StatusRequestHistory } from '../sessions/ports.ts';
import { type Database, unlessRefused } from './database.ts';
import { fromItem, fromOptional, type Item, toItem, ttlAfter, values } from './items.ts';

/** Sparse: only listeners that hold a place have both keys. Keys only: a heartbeat writes nothing to it. */
export const LISTENERS_INDEX = 'sessionId-targetLanguage-index';

/** The most that BatchWriteItem takes (DynamoDB API reference). */
const MAX_BATCH = 25;
const BATCH_PAUSES_MS = [0, 50, 100, 200, 400];

const isNew = 'attribute_not_exists(connectionId)';
// The SDK repeats a put whose answer was lost; the second one must find its own record and be content. The token is
// new for each put: an asynchronous invocation that Lambda repeats keeps its request ID, and must not pass for first.
const isOwnWrite = 'writtenBy = :token';

/** API Gateway ends every connection after two hours (quotas of WebSocket APIs): no item is needed beyond that. */
const PLATFORM_MAX_CONNECTION_MS = 2 * 3_600_000;

/** Connections in DynamoDB: one item for each connection that holds a role, under `connectionId`. */
export function createConnectionRepository({ send }: Database, tableName: string): ConnectionRepository {
  const key = (connectionId: string) => ({ TableName: tableName, Key: toItem({ connectionId }) });

  async function find<T>(connectionId: string): Promise<T | undefined> {
    const { Item } = await send(new GetItemCommand({ ...key(connectionId), ConsistentRead: true }));
    return fromOptional(Item);
  }

  async function batchDelete(requests: WriteRequest[]): Promise<void> {
    let rest = requests;
    for (const pauseMs of BATCH_PAUSES_MS) {
      // What the table could not take comes back as unprocessed, to be sent again after a pause.
      if (pauseMs > 0) await delay(pauseMs * (0.5 + Math.random()));
      const { UnprocessedItems } = await send(new BatchWriteItemCommand({ RequestItems: { [tableName]: rest } }));
      rest = UnprocessedItems?.[tableName] ?? [];
      if (rest.length === 0) return;
    }
    throw new ServiceError('SERVICE_UNAVAILABLE', `The database left ${rest.length} items undeleted`);
  }

  return {
    find: (connectionId) => find<Connection>(connectionId),
    findHeartbeats: (connectionId) => find<Connection & HeartbeatHistory>(connectionId),
    findStatusRequests: (connectionId) => find<Connection & StatusRequestHistory>(connectionId),

    async create(connection) {
      const token = randomUUID();
      const result = await unlessRefused(
        send(
          new PutItemCommand({
            TableName: tableName,
            Item: toItem({
              ...connection,
              writtenBy: token,
              ttl: ttlAfter(connection.connectedAt + PLATFORM_MAX_CONNECTION_MS),
            }),
            ConditionExpression: `${isNew} OR ${isOwnWrite}`,
            ExpressionAttributeValues: values({ ':token': token }),
          }),
        ),
      );
      return result !== undefined;
    },

    async remove(connectionId) {
      const { Attributes } = await send(new DeleteItemCommand({ ...key(connectionId), ReturnValues: 'ALL_OLD' }));
      return fromOptional(Attributes);
    },

    async removeIfSilentSince(connectionId, lastHeartbeatAt) {
      const result = await unlessRefused(
        send(
          new DeleteItemCommand({
            ...key(connectionId),
            ConditionExpression: 'lastHeartbeatAt = :lastHeartbeatAt',
            ExpressionAttributeValues: values({ ':lastHeartbeatAt': lastHeartbeatAt }),
            ReturnValues: 'ALL_OLD',
          }),
        ),
      );
      return fromOptional(result?.Attributes);
    },

    async removeAll(connectionIds) {
      for (let start = 0; start < connectionIds.length; start += MAX_BATCH) {
        const batch = connectionIds.slice(start, start + MAX_BATCH);
        await batchDelete(batch.map((connectionId) => ({ DeleteRequest: { Key: toItem({ connectionId }) } })));
      }
    },

    async recordHeartbeat({ connectionId, nowMs, earliestLastButOne }) {
      const result = await unlessRefused(
        send(
          new UpdateItemCommand({
            ...key(connectionId),
            UpdateExpression: 'SET lastButOneHeartbeatAt = lastHeartbeatAt, lastHeartbeatAt = :now',
            // The same moment again is the SDK's repetition after a lost answer: it must not count as a second beat.
            ConditionExpression:
              'attribute_exists(connectionId) AND lastHeartbeatAt <> :now AND (attribute_not_exists(lastButOneHeartbeatAt) OR lastButOneHeartbeatAt <= :earliest)',
            ExpressionAttributeValues: values({ ':now': nowMs, ':earliest': earliestLastButOne }),
            ReturnValues: 'ALL_NEW',
          }),
        ),
      );
      return fromOptional(result?.Attributes);
    },

    async recordStatusRequest({ connectionId, nowMs, earliestLastButOne }) {
      const result = await unlessRefused(
        send(
          new UpdateItemCommand({
            ...key(connectionId),
            UpdateExpression: 'SET lastButOneStatusAt = if_not_exists(lastStatusAt, :never), lastStatusAt = :now',
            // The same moment again: as with heartbeats.
            ConditionExpression:
              '#role = :speaker AND (attribute_not_exists(lastStatusAt) OR (lastStatusAt <> :now AND lastButOneStatusAt <= :earliest))',
            ExpressionAttributeNames: { '#role': 'role' },
            ExpressionAttributeValues: values({
              ':speaker': 'speaker',
              ':never': 0,
              ':now': nowMs,
              ':earliest': earliestLastButOne,
            }),
            ReturnValues: 'ALL_NEW',
          }),
        ),
      );
      return fromOptional(result?.Attributes);
    },

    async supersede({ connectionId, sessionId, supersededBy }) {
      const result = await unlessRefused(
        send(
          new UpdateItemCommand({
            ...key(connectionId),
            // The right-hand sides see the item as it was before; a repetition keeps the language that is already there.
            UpdateExpression:
              'SET supersededBy = :successor, supersededLanguage = if_not_exists(supersededLanguage, targetLanguage) REMOVE targetLanguage',
            ConditionExpression:
              'sessionId = :sessionId AND #role = :listener AND (attribute_not_exists(supersededBy) OR supersededBy = :successor)',
            ExpressionAttributeNames: { '#role': 'role' },
            ExpressionAttributeValues: values({
              ':sessionId': sessionId,
              ':successor': supersededBy,
              ':listener': 'listener',
            }),
            ReturnValues: 'ALL_NEW',
          }),
        ),
      );
      return fromOptional(result?.Attributes);
    },

    async restore({ connectionId, supersededBy }) {
      await unlessRefused(
        send(
          new UpdateItemCommand({
            ...key(connectionId),
            UpdateExpression: 'SET targetLanguage = supersededLanguage REMOVE supersededBy, supersededLanguage',
            ConditionExpression: 'supersededBy = :successor',
            ExpressionAttributeValues: values({ ':successor': supersededBy }),
          }),
        ),
      );
    },

    async *listenerPages(sessionId) {
      let start: Item | undefined;
      do {
        const page = await send(
          new QueryCommand({
            TableName: tableName,
            IndexName: LISTENERS_INDEX,
            KeyConditionExpression: 'sessionId = :sessionId',
            ExpressionAttributeValues: values({ ':sessionId': sessionId }),
            ExclusiveStartKey: start,
          }),
        );
        yield (page.Items ?? []).map((item) => {
          const { connectionId, targetLanguage } = fromItem<Place>(item);
          return { connectionId, targetLanguage };
        });
        start = page.LastEvaluatedKey;
      } while (start !== undefined);
    },

    async *pages() {
      let start: Item | undefined;
      do {
        const page = await send(
          new ScanCommand({ TableName: tableName, ConsistentRead: true, ExclusiveStartKey: start }),
        );
        yield (page.Items ?? []).map((item) => fromItem<Connection>(item));
        start = page.LastEvaluatedKey;
      } while (start !== undefined);
    },
  };
}
