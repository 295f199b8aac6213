import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Listener } from '../sessions/model.ts';
import type { ConnectionRepository } from '../sessions/ports.ts';
import { connectionKey, fromConnectionItem, LISTENERS_INDEX } from './connection-item.ts';
import type { Database } from './database.ts';
import { expressions } from './expressions.ts';
import { fromItem } from './items.ts';
import { queryPages, scanPages } from './pages.ts';
import { createRetry, LEAVE, REQUEST, type RetryOptions } from './retry.ts';
import { createSpacing } from './spacing.ts';
import { createWrite } from './write.ts';

/** Connections in DynamoDB: one item for each connection that holds a role, under `connectionId`. */
export function createConnectionRepository(
  { send }: Database,
  tableName: string,
  options?: RetryOptions,
): ConnectionRepository {
  const write = createWrite(send, createRetry(options));
  const connection = (connectionId: string) => ({ TableName: tableName, Key: connectionKey(connectionId) });

  return {
    ...createSpacing((input) => write.update(input, REQUEST), tableName),

    async find(connectionId) {
      const { Item } = await send(new GetItemCommand({ ...connection(connectionId), ConsistentRead: true }));
      return Item && fromConnectionItem(Item);
    },

    async removeSpeaker(connectionId) {
      const outcome = await write.remove(
        {
          ...connection(connectionId),
          ...expressions({ condition: '#role = :speaker', values: { ':speaker': 'speaker' } }),
        },
        LEAVE,
      );
      return 'attributes' in outcome;
    },

    async *listenerPages(sessionId, targetLanguage) {
      const input = {
        TableName: tableName,
        IndexName: LISTENERS_INDEX,
        ...expressions({
          key: `#sessionId = :sessionId${targetLanguage === undefined ? '' : ' AND #targetLanguage = :targetLanguage'}`,
          values: { ':sessionId': sessionId, ':targetLanguage': targetLanguage },
        }),
      };
      for await (const { items } of queryPages(send, input)) {
        yield items.map((item) => fromItem(item, ['sessionId', 'role']) as unknown as Listener);
      }
    },

    async *silentPages({ heardBefore, segment, segments, after }) {
      const input = {
        TableName: tableName,
        ConsistentRead: true,
        Segment: segment,
        TotalSegments: segments,
        ...(after === undefined ? {} : { ExclusiveStartKey: connectionKey(after) }),
        ...expressions({ filter: '#lastHeartbeatAt < :heardBefore', values: { ':heardBefore': heardBefore } }),
      };
      for await (const { items, scanned, last } of scanPages(send, input)) {
        const cursor = last?.connectionId?.S;
        yield { connections: items.map(fromConnectionItem), scanned, ...(cursor === undefined ? {} : { cursor }) };
      }
    },
  };
}
