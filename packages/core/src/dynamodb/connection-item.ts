import type { Connection, ListenerConnection } from '../sessions/model.ts';
import { fromItem, type Item, toItem, ttlAt } from './items.ts';

/** Sparse: exactly the listeners, since only they have a target language. A heartbeat changes nothing in it. */
export const LISTENERS_INDEX = 'sessionId-targetLanguage-index';

/** API Gateway ends every connection after two hours (quotas of WebSocket APIs). */
const PLATFORM_MAX_CONNECTION_MS = 2 * 3_600_000;
/** TTL may remove nothing that is still counted: the sweeper has this long to remove a lost connection before it. */
const KEPT_AFTERWARDS_MS = 48 * 3_600_000;

export const connectionKey = (connectionId: string): Item => toItem({ connectionId });

export const toConnectionItem = (connection: Connection): Item =>
  toItem({ ...connection, ttl: ttlAt(connection.connectedAt + PLATFORM_MAX_CONNECTION_MS + KEPT_AFTERWARDS_MS) });

export const fromConnectionItem = (item: Item): Connection =>
  fromItem(item, ['lastButOneHeartbeatAt', 'lastStatusAt', 'lastButOneStatusAt', 'ttl']) as unknown as Connection;

/** Whether the connection has a role at all. */
export const HAS_NO_ROLE = 'attribute_not_exists(#connectionId)';

type AsGiven = Pick<ListenerConnection, 'sessionId' | 'placeShard' | 'targetLanguage'>;

/** Whether the item is the listener that the caller has seen. */
export const IS_AS_GIVEN =
  '#sessionId = :sessionId AND #placeShard = :placeShard AND #targetLanguage = :targetLanguage';
export const asGiven = ({ sessionId, placeShard, targetLanguage }: AsGiven) => ({
  ':sessionId': sessionId,
  ':placeShard': placeShard,
  ':targetLanguage': targetLanguage,
});

/** The listener of a refused item, if it has the place that was given; its language may be another. */
export function holderOf(
  item: Item | undefined,
  { sessionId, placeShard }: Pick<AsGiven, 'sessionId' | 'placeShard'>,
): ListenerConnection | undefined {
  if (item === undefined) return undefined;
  const connection = fromConnectionItem(item);
  const holds =
    connection.role === 'listener' && connection.sessionId === sessionId && connection.placeShard === placeShard;
  return holds ? connection : undefined;
}
