import { randomUUID } from 'node:crypto';
import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  BatchWriteItemCommand,
  GetItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { ChannelHead, MessageLog } from '../sessions/message-log.ts';
import type { Database } from './database.ts';
import { isTransient, unavailable } from './errors.ts';
import { expressions } from './expressions.ts';
import type { Item } from './items.ts';
import {
  channelKey,
  epochOf,
  fromHeadItem,
  fromMessageItem,
  HEAD_OFFSET,
  isExpired,
  messageKey,
  toHeadAttributes,
  toMessageItem,
} from './message-item.ts';
import { queryPages } from './pages.ts';
import { createRetry, LEAVE, type Patience, REQUEST, type RetryOptions } from './retry.ts';
import { fromSessionItem, sessionKey } from './session-item.ts';
import { createWrite } from './write.ts';

export interface MessageLogTables {
  readonly sessions: string;
  readonly messages: string;
}

/** The most writes of one BatchWriteItem (DynamoDB API Reference). */
const MAX_BATCH = 25;
/** Partitions that are emptied at once; most of them have nothing in them. */
const MAX_CHANNELS_AT_ONCE = 20;

/** The log of messages in DynamoDB: a partition for each channel, with its head before its messages. */
export function createMessageLog({ send }: Database, tables: MessageLogTables, options?: RetryOptions): MessageLog {
  const retry = createRetry(options);
  const write = createWrite(send, retry);

  /** Repeats a call of which the database leaves a part undone while it is throttling. */
  const untilDone = (patience: Patience, callForRest: () => Promise<{ readonly isDone: boolean }>) =>
    retry(patience, callForRest, (outcome) =>
      'error' in outcome ? isTransient(outcome.error) : !outcome.result.isDone,
    );

  /** Reads items of several tables, strongly consistent. */
  async function readAll(requests: Readonly<Record<string, readonly Item[]>>): Promise<Record<string, Item[]>> {
    const found: Record<string, Item[]> = {};
    // A table without keys is refused.
    const asked = Object.entries(requests).filter(([, keys]) => keys.length > 0);
    let rest: BatchGetItemCommandInput['RequestItems'] = Object.fromEntries(
      asked.map(([table, keys]) => [table, { Keys: [...keys], ConsistentRead: true }]),
    );
    await untilDone(REQUEST, async () => {
      const { Responses = {}, UnprocessedKeys = {} } = await send(new BatchGetItemCommand({ RequestItems: rest }));
      for (const [table, items] of Object.entries(Responses)) found[table] = [...(found[table] ?? []), ...items];
      rest = UnprocessedKeys;
      return { isDone: Object.keys(rest).length === 0 };
    });
    return found;
  }

  async function deleteBatch(requests: WriteRequest[]): Promise<void> {
    let rest = requests;
    await untilDone(LEAVE, async () => {
      const { UnprocessedItems = {} } = await send(
        new BatchWriteItemCommand({ RequestItems: { [tables.messages]: rest } }),
      );
      rest = UnprocessedItems[tables.messages] ?? [];
      return { isDone: rest.length === 0 };
    });
  }

  async function deleteChannel(sessionId: string, channel: string): Promise<void> {
    const input = {
      TableName: tables.messages,
      ConsistentRead: true,
      ...expressions({
        key: '#channel = :channel',
        projection: '#channel, #offset',
        values: { ':channel': channelKey(sessionId, channel) },
      }),
    };
    for await (const { items } of queryPages(send, input)) {
      const requests = items.map((Key): WriteRequest => ({ DeleteRequest: { Key } }));
      for (let start = 0; start < requests.length; start += MAX_BATCH) {
        await deleteBatch(requests.slice(start, start + MAX_BATCH));
      }
    }
  }

  return {
    async findSession(sessionId, channels) {
      const found = await readAll({
        [tables.sessions]: [sessionKey(sessionId)],
        [tables.messages]: channels.map((channel) => messageKey(sessionId, channel, HEAD_OFFSET)),
      });
      const [item] = found[tables.sessions] ?? [];
      if (item === undefined) return undefined;
      const session = fromSessionItem(item);
      const headItem = (channel: string) =>
        found[tables.messages]?.find((head) => head.channel?.S === channelKey(sessionId, channel));
      const heads = channels.map((channel): [string, ChannelHead] => [
        channel,
        fromHeadItem(headItem(channel), session.createdAt),
      ]);
      return { session, heads: Object.fromEntries(heads) };
    },

    async find({ sessionId, epoch, channel, offset }) {
      const { Item } = await send(
        new GetItemCommand({
          TableName: tables.messages,
          Key: messageKey(sessionId, channel, offset),
          ConsistentRead: true,
        }),
      );
      return Item !== undefined && epochOf(Item) === epoch ? fromMessageItem(Item) : undefined;
    },

    async append({ message, keptUntil, ...channel }) {
      const id = randomUUID();
      const outcome = await write.put(
        {
          TableName: tables.messages,
          Item: toMessageItem(channel, message, { keptUntil, write: id }),
          // What an earlier session of this ID has left, and the TTL has not removed yet, gives way.
          ...expressions({
            condition: 'attribute_not_exists(#channel) OR #epoch < :epoch',
            values: { ':epoch': channel.epoch },
          }),
        },
        REQUEST,
      );
      if (!('refused' in outcome)) return 'stored';
      // DynamoDB returns the item that refuses, unless it was deleted since.
      if (outcome.refused === undefined) throw unavailable('The message at this offset could not be read', undefined);
      // The answer was lost, and the SDK has sent it again.
      if (outcome.refused.write?.S === id) return 'stored';
      return { taken: fromMessageItem(outcome.refused) };
    },

    async keep({ message, keptUntil, ...channel }) {
      const outcome = await write.put(
        {
          TableName: tables.messages,
          Item: toMessageItem(channel, message, { keptUntil, write: randomUUID() }),
          // Another message at this offset would be a later one.
          ...expressions({
            condition: '#epoch = :epoch AND #publishedAt = :publishedAt',
            values: { ':epoch': channel.epoch, ':publishedAt': message.publishedAt },
          }),
        },
        REQUEST,
      );
      return !('refused' in outcome);
    },

    async raiseHead({ sessionId, epoch, channel, head, keptUntil }) {
      await write.put(
        {
          TableName: tables.messages,
          Item: { ...messageKey(sessionId, channel, HEAD_OFFSET), ...toHeadAttributes(epoch, head, keptUntil) },
          ...expressions({
            condition: 'attribute_not_exists(#channel) OR #epoch < :epoch OR (#epoch = :epoch AND #head < :head)',
            values: { ':epoch': epoch, ':head': head.offset },
          }),
        },
        REQUEST,
      );
    },

    async holds({ sessionId, epoch, channel, offset, notBefore }) {
      const { Item } = await send(
        new GetItemCommand({
          TableName: tables.messages,
          Key: messageKey(sessionId, channel, offset),
          ConsistentRead: true,
          ProjectionExpression: '#epoch, #publishedAt',
          ExpressionAttributeNames: { '#epoch': 'epoch', '#publishedAt': 'publishedAt' },
        }),
      );
      return Item !== undefined && epochOf(Item) === epoch && Number(Item.publishedAt?.N) >= notBefore;
    },

    async *pages({ sessionId, epoch, channel, after, upTo, nowMs }) {
      // BETWEEN refuses a range that ends before it begins.
      if (after >= upTo) return;
      const input = {
        TableName: tables.messages,
        ConsistentRead: true,
        ...expressions({
          key: '#channel = :channel AND #offset BETWEEN :from AND :to',
          values: {
            ':channel': channelKey(sessionId, channel),
            ':from': Math.max(HEAD_OFFSET, after) + 1,
            ':to': upTo,
          },
        }),
      };
      for await (const { items } of queryPages(send, input)) {
        yield items.filter((item) => epochOf(item) === epoch && !isExpired(item, nowMs)).map(fromMessageItem);
      }
    },

    async deleteAll({ sessionId, channels }) {
      for (let start = 0; start < channels.length; start += MAX_CHANNELS_AT_ONCE) {
        const some = channels.slice(start, start + MAX_CHANNELS_AT_ONCE);
        await Promise.all(some.map((channel) => deleteChannel(sessionId, channel)));
      }
    },
  };
}
