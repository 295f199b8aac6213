import { randomUUID } from 'node:crypto';
import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Session } from '../sessions/model.ts';
import type { SessionRepository } from '../sessions/ports.ts';
import { type Database, unlessRefused } from './database.ts';
import { fromItem, fromOptional, type Item, toItem, ttlAfter, values } from './items.ts';

// DynamoDB deletes expired records hours late, so every condition looks at the time itself.
const isLive = 'isActive = :true AND expiresAt > :now';
const isFree = 'attribute_not_exists(sessionId)';
// The SDK repeats a put whose answer was lost; the second one must find its own record and be content.
const isOwnDraft = 'speakerConnectionId = :connectionId AND createdAt = :createdAt';

/** Sessions in DynamoDB: one item each, under `sessionId`. */
export function createSessionRepository({ send, sendOnce }: Database, tableName: string): SessionRepository {
  const key = (sessionId: string) => ({ TableName: tableName, Key: toItem({ sessionId }) });

  /** One conditional update; `undefined` if the condition did not hold. */
  async function update(sessionId: string, change: Partial<UpdateItemCommandInput>): Promise<Session | undefined> {
    const result = await unlessRefused(send(new UpdateItemCommand({ ...key(sessionId), ...change })));
    return fromOptional(result?.Attributes);
  }

  return {
    async create(session) {
      const { speakerConnectionId, createdAt, expiresAt } = session;
      const result = await unlessRefused(
        send(
          new PutItemCommand({
            TableName: tableName,
            Item: toItem({ ...session, ttl: ttlAfter(expiresAt) }),
            ConditionExpression: `${isFree} OR (${isOwnDraft})`,
            ExpressionAttributeValues: values({ ':connectionId': speakerConnectionId, ':createdAt': createdAt }),
          }),
        ),
      );
      return result !== undefined;
    },

    async discard(sessionId, speakerConnectionId) {
      await unlessRefused(
        send(
          new DeleteItemCommand({
            ...key(sessionId),
            ConditionExpression: 'speakerConnectionId = :connectionId',
            ExpressionAttributeValues: values({ ':connectionId': speakerConnectionId }),
          }),
        ),
      );
    },

    async find(sessionId) {
      const { Item } = await send(new GetItemCommand({ ...key(sessionId), ConsistentRead: true }));
      return fromOptional(Item);
    },

    addListener: ({ sessionId, nowMs, capacity }) =>
      update(sessionId, {
        UpdateExpression: 'ADD listenerCount :one',
        ConditionExpression: `${isLive} AND listenerCount < :capacity`,
        ExpressionAttributeValues: values({ ':one': 1, ':true': true, ':now': nowMs, ':capacity': capacity }),
        ReturnValues: 'ALL_NEW',
      }),

    async removeListener(sessionId) {
      const result = await unlessRefused(
        sendOnce(
          new UpdateItemCommand({
            ...key(sessionId),
            UpdateExpression: 'ADD listenerCount :minusOne',
            ConditionExpression: 'listenerCount > :zero',
            ExpressionAttributeValues: values({ ':minusOne': -1, ':zero': 0 }),
            ReturnValues: 'ALL_NEW',
          }),
        ),
      );
      return fromOptional(result?.Attributes);
    },

    // The repetition of one whose answer was lost is refused: then this push is not made.
    claimStatusPush: ({ sessionId, nowMs, notAfter }) =>
      update(sessionId, {
        UpdateExpression: 'SET statusPushedAt = :now',
        ConditionExpression: `${isLive} AND (attribute_not_exists(statusPushedAt) OR statusPushedAt <= :notAfter)`,
        ExpressionAttributeValues: values({ ':true': true, ':now': nowMs, ':notAfter': notAfter }),
        ReturnValues: 'ALL_NEW',
      }),

    moveSpeaker: ({ sessionId, userId, connectionId, nowMs, expiresAt }) =>
      update(sessionId, {
        UpdateExpression:
          'SET speakerConnectionId = :connectionId, expiresAt = :expiresAt, #ttl = :ttl, statusPushedAt = :now REMOVE speakerLostAt',
        ConditionExpression: `${isLive} AND speakerUserId = :userId`,
        ExpressionAttributeNames: { '#ttl': 'ttl' },
        ExpressionAttributeValues: values({
          ':connectionId': connectionId,
          ':expiresAt': expiresAt,
          ':ttl': ttlAfter(expiresAt),
          ':userId': userId,
          ':true': true,
          ':now': nowMs,
        }),
        ReturnValues: 'ALL_OLD',
      }),

    async moveSpeakerBack({ sessionId, from, before: { speakerConnectionId, expiresAt, speakerLostAt } }) {
      const set = 'SET speakerConnectionId = :to, expiresAt = :expiresAt, #ttl = :ttl';
      await update(sessionId, {
        UpdateExpression: speakerLostAt === undefined ? set : `${set}, speakerLostAt = :lostAt`,
        ConditionExpression: 'speakerConnectionId = :from',
        ExpressionAttributeNames: { '#ttl': 'ttl' },
        ExpressionAttributeValues: values({
          ':from': from,
          ':to': speakerConnectionId,
          ':expiresAt': expiresAt,
          ':ttl': ttlAfter(expiresAt),
          ':lostAt': speakerLostAt,
        }),
      });
    },

    markSpeakerLost: ({ sessionId, connectionId, nowMs }) =>
      update(sessionId, {
        UpdateExpression: 'SET speakerLostAt = :now',
        ConditionExpression: `${isLive} AND speakerConnectionId = :connectionId AND (attribute_not_exists(speakerLostAt) OR speakerLostAt = :now)`,
        ExpressionAttributeValues: values({ ':now': nowMs, ':true': true, ':connectionId': connectionId }),
        ReturnValues: 'ALL_NEW',
      }),

    end: ({ sessionId, reason, nowMs, only = {} }) => {
      // The SDK's repetition after a lost answer finds the session ended by its own token, and ends it once more.
      const conditions = ['(isActive = :true OR writtenBy = :token)'];
      const expected: Record<string, unknown> = {};
      if (only.speakerConnectionId !== undefined) {
        conditions.push('speakerConnectionId = :speaker');
        expected[':speaker'] = only.speakerConnectionId;
      }
      if (only.speakerLostAt !== undefined) {
        conditions.push('speakerLostAt = :lostAt');
        expected[':lostAt'] = only.speakerLostAt;
      }
      if (only.expiredBy !== undefined) {
        conditions.push('expiresAt <= :expiredBy');
        expected[':expiredBy'] = only.expiredBy;
      }
      return update(sessionId, {
        UpdateExpression:
          'SET isActive = :false, endedAt = :now, endReason = :reason, listenerCount = :zero, writtenBy = :token',
        ConditionExpression: conditions.join(' AND '),
        ExpressionAttributeValues: values({
          ':true': true,
          ':false': false,
          ':now': nowMs,
          ':reason': reason,
          ':zero': 0,
          ':token': randomUUID(),
          ...expected,
        }),
        ReturnValues: 'ALL_OLD',
      });
    },

    async suspect(sessionId, suspicion) {
      await update(sessionId, {
        UpdateExpression: suspicion ? 'SET suspicion = :suspicion' : 'REMOVE suspicion',
        ConditionExpression: 'isActive = :true',
        ExpressionAttributeValues: values({ ':true': true, ':suspicion': suspicion }),
      });
    },

    async correctCount({ sessionId, from, to }) {
      const result = await unlessRefused(
        send(
          new UpdateItemCommand({
            ...key(sessionId),
            UpdateExpression: 'SET listenerCount = :to REMOVE suspicion',
            ConditionExpression: 'isActive = :true AND listenerCount = :from',
            ExpressionAttributeValues: values({ ':true': true, ':from': from, ':to': to }),
          }),
        ),
      );
      return result !== undefined;
    },

    async *pages() {
      let start: Item | undefined;
      do {
        const page = await send(
          new ScanCommand({ TableName: tableName, ConsistentRead: true, ExclusiveStartKey: start }),
        );
        yield (page.Items ?? []).map((item) => fromItem<Session>(item));
        start = page.LastEvaluatedKey;
      } while (start !== undefined);
    },
  };
}
