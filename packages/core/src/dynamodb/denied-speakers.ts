import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { SessionRepository } from '../sessions/ports.ts';
import { expressions } from './expressions.ts';
import { type Item, toItem } from './items.ts';
import { REQUEST } from './retry.ts';
import type { Store, TableNames } from './store.ts';

/** An item of its own in the sessions table; no session ID has this form. */
const deniedKey = (userId: string): Item => toItem({ sessionId: `user#${userId}`, part: 'denied' });

/** Part of every transaction that gives a user a session. */
export const isNotDenied = (tables: TableNames, userId: string): TransactWriteItem => ({
  ConditionCheck: {
    TableName: tables.sessions,
    Key: deniedKey(userId),
    ...expressions({ condition: 'attribute_not_exists(#part)' }),
  },
});

/** The users that may not speak. */
export const createDeniedSpeakers = ({
  write,
  tables,
}: Store): Pick<SessionRepository, 'denySpeaker' | 'allowSpeaker'> => ({
  async denySpeaker({ userId, deniedAt }) {
    const Item = { ...deniedKey(userId), ...toItem({ deniedAt }) };
    await write.put({ TableName: tables.sessions, Item }, REQUEST);
  },
  async allowSpeaker(userId) {
    await write.remove({ TableName: tables.sessions, Key: deniedKey(userId) }, REQUEST);
  },
});
