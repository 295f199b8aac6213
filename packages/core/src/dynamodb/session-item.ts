import type { Session } from '../sessions/model.ts';
import { fromItem, type Item, toItem } from './items.ts';

/** Sparse: the sessions whose end is not complete, by their speaker's user. */
export const OPEN_SESSIONS_INDEX = 'speakerUserId-openSince-index';

/** `part` of the item that is the session itself. */
export const SESSION_PART = 'session';

export const sessionKey = (sessionId: string): Item => toItem({ sessionId, part: SESSION_PART });

/** TTL removes items up to two days late: what has expired is as good as gone. */
export const IS_FREE = 'attribute_not_exists(#sessionId) OR #ttl < :nowSeconds';

/** A new session, in the index of open ones. */
export const toSessionItem = (session: Session): Item =>
  toItem({ ...session, part: SESSION_PART, openSince: session.createdAt });

export const fromSessionItem = (item: Item): Session =>
  fromItem(item, ['part', 'openSince', 'ttl']) as unknown as Session;
