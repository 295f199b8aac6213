import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Session } from '../sessions/model.ts';
import type { SessionRepository } from '../sessions/ports.ts';
import { expressions } from './expressions.ts';
import type { Item } from './items.ts';
import { queryPages, scanPages } from './pages.ts';
import { fromPlacesItem, PLACES_PREFIX } from './places-item.ts';
import { fromSessionItem, OPEN_SESSIONS_INDEX, SESSION_PART, sessionKey } from './session-item.ts';
import type { Store } from './store.ts';

type Reads = Pick<SessionRepository, 'find' | 'findWithPlaces' | 'openPages' | 'openSessionsOf'>;

export function createSessionReads({ send, tables }: Store): Reads {
  return {
    async find(sessionId) {
      const { Item } = await send(
        new GetItemCommand({ TableName: tables.sessions, Key: sessionKey(sessionId), ConsistentRead: true }),
      );
      return Item && fromSessionItem(Item);
    },

    async findWithPlaces(sessionId) {
      const items: Item[] = [];
      // All shards and the session, without what else the partition has.
      const input = {
        TableName: tables.sessions,
        ConsistentRead: true,
        ...expressions({
          key: '#sessionId = :sessionId AND #part BETWEEN :places AND :session',
          values: { ':sessionId': sessionId, ':places': PLACES_PREFIX, ':session': SESSION_PART },
        }),
      };
      for await (const page of queryPages(send, input)) items.push(...page.items);
      const item = items.find(({ part }) => part?.S === SESSION_PART);
      if (item === undefined) return undefined;
      const session = fromSessionItem(item);
      // An earlier session of this ID has left its shards until their TTL.
      const own = `${PLACES_PREFIX}${session.createdAt}#`;
      return { session, shards: items.filter(({ part }) => part?.S?.startsWith(own)).map(fromPlacesItem) };
    },

    async *openPages() {
      const input = { TableName: tables.sessions, IndexName: OPEN_SESSIONS_INDEX };
      for await (const { items } of scanPages(send, input)) yield items.map(fromSessionItem);
    },

    async openSessionsOf(speakerUserId) {
      const sessions: Session[] = [];
      const input = {
        TableName: tables.sessions,
        IndexName: OPEN_SESSIONS_INDEX,
        ...expressions({ key: '#speakerUserId = :userId', values: { ':userId': speakerUserId } }),
      };
      for await (const { items } of queryPages(send, input)) sessions.push(...items.map(fromSessionItem));
      return sessions;
    },
  };
}
