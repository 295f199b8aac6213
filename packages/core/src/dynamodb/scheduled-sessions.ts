import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Session } from '../sessions/model.ts';
import type { ScheduledEntry, SessionRepository } from '../sessions/ports.ts';
import { isNotDenied } from './denied-speakers.ts';
import { expressions } from './expressions.ts';
import { fromItem, type Item, toItem, ttlAt } from './items.ts';
import { toPlacesItem } from './places-item.ts';
import { REQUEST } from './retry.ts';
import { fromSessionItem, IS_FREE, toSessionItem } from './session-item.ts';
import type { Store } from './store.ts';

/** An item of its own in the sessions table; no session ID has this form. */
const listKey = (userId: string): Item => toItem({ sessionId: `user#${userId}`, part: 'scheduled' });

/** Sessions that were created ahead of time, and each user's list of them, which bounds their number exactly. */
export function createScheduledSessions({
  send,
  transact,
  tables,
}: Store): Pick<SessionRepository, 'schedule' | 'findScheduledList'> {
  return {
    async schedule({ session, shards, listBefore: { userId, version }, entries, listKeptUntil }) {
      const outcome = await transact(
        [
          {
            Put: {
              TableName: tables.sessions,
              Item: toSessionItem(session),
              ...expressions({ condition: IS_FREE, values: { ':nowSeconds': Math.floor(session.createdAt / 1000) } }),
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            },
          },
          {
            Put: {
              TableName: tables.sessions,
              Item: { ...listKey(userId), ...toItem({ entries, version: version + 1, ttl: ttlAt(listKeptUntil) }) },
              ...(version === 0
                ? expressions({ condition: 'attribute_not_exists(#part)' })
                : expressions({ condition: '#version = :version', values: { ':version': version } })),
            },
          },
          isNotDenied(tables, userId),
          ...shards.map((shard) => ({
            Put: { TableName: tables.sessions, Item: toPlacesItem(session.sessionId, shard) },
          })),
        ],
        REQUEST,
      );
      if (outcome === 'committed') return 'scheduled';
      const [taken, list, denied] = outcome;
      if (denied) return 'speakerDenied';
      // Of this very request, whose answer was lost.
      if (taken?.item && list && isSchedule(fromSessionItem(taken.item), session)) return 'scheduled';
      return taken ? 'idTaken' : 'listChanged';
    },

    async findScheduledList(userId) {
      const { Item } = await send(
        new GetItemCommand({ TableName: tables.sessions, Key: listKey(userId), ConsistentRead: true }),
      );
      if (Item === undefined) return { userId, version: 0, entries: [] };
      const { version, entries } = fromItem(Item, []) as { version: number; entries: ScheduledEntry[] };
      return { userId, version, entries };
    },
  };
}

const isSchedule = (stored: Session, { createdAt, speakerUserId }: Session): boolean =>
  stored.createdAt === createdAt && stored.state === 'scheduled' && stored.speakerUserId === speakerUserId;
