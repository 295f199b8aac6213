import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { AnnouncedLanguages, SessionRepository } from '../sessions/ports.ts';
import { expressions } from './expressions.ts';
import { fromItem, type Item, toItem, ttlAt } from './items.ts';
import { REQUEST } from './retry.ts';
import type { Store } from './store.ts';

/** Losing the item of a session that goes on does little harm: the same languages are announced once more. */
const KEPT_MS = 2 * 24 * 3_600_000;

const announcedKey = (sessionId: string): Item => toItem({ sessionId, part: 'languages' });

/** The languages in use that were announced last, an item of its own for each session. */
export const createAnnouncedLanguages = ({
  send,
  write,
  tables,
}: Store): Pick<SessionRepository, 'findAnnouncedLanguages' | 'storeAnnouncedLanguages'> => ({
  async findAnnouncedLanguages(sessionId) {
    const { Item } = await send(
      new GetItemCommand({ TableName: tables.sessions, Key: announcedKey(sessionId), ConsistentRead: true }),
    );
    return Item && (fromItem(Item, ['sessionId', 'part', 'ttl']) as unknown as AnnouncedLanguages);
  },
  async storeAnnouncedLanguages({ sessionId, createdAt, languages, asOf }) {
    await write.put(
      {
        TableName: tables.sessions,
        Item: {
          ...announcedKey(sessionId),
          ...toItem({ createdAt, languages, asOf, ttl: ttlAt(asOf + KEPT_MS) }),
        },
        ...expressions({
          condition:
            'attribute_not_exists(#part) OR #createdAt < :createdAt OR (#createdAt = :createdAt AND #asOf <= :asOf)',
          values: { ':createdAt': createdAt, ':asOf': asOf },
        }),
      },
      REQUEST,
    );
  },
});
