import type { Database } from './database.ts';
import { comparePlaces, type Entry, keyOf } from './store/schema.ts';
import type { Table } from './store/table.ts';

/** DynamoDB leaves items alone that expired longer ago. @see "Using time to live (TTL) in DynamoDB", Developer Guide */
const OLDEST_EXPIRY_SECONDS = 5 * 365 * 24 * 3600;
/** Items looked at in one go: short enough that the calls of functions do not wait for it. */
const PAGE_ITEMS = 200;

/**
 * Deletes the items of a table whose TTL attribute has passed; their stream records say that the service did it.
 * @returns how many
 */
export async function expireItems(db: Database, tableName: string, isStopped: () => boolean): Promise<number> {
  const table = db.tables.get(tableName);
  const attribute = table?.schema.ttlAttribute;
  if (!table || attribute === undefined) return 0;
  let deleted = 0;
  let last: Entry | undefined;
  do {
    const from = last;
    const page: Entry[] = [];
    for (const entry of table.entries.ascending((at) => (from && comparePlaces(at, from) <= 0 ? -1 : 0))) {
      page.push(entry);
      if (page.length === PAGE_ITEMS) break;
    }
    for (const entry of page) if (expire(db, table, entry, attribute)) deleted++;
    last = page.length === PAGE_ITEMS ? page.at(-1) : undefined;
    if (last) await new Promise((resolve) => setImmediate(resolve));
  } while (last && !isStopped() && db.tables.get(tableName) === table);
  return deleted;
}

function expire(db: Database, table: Table, entry: Entry, attribute: string): boolean {
  const expiresAt = Number(entry.item[attribute]?.N);
  const nowSeconds = Math.floor(db.clock.nowMs() / 1000);
  if (!(expiresAt < nowSeconds && expiresAt > nowSeconds - OLDEST_EXPIRY_SECONDS)) return false;
  if (db.holds.isHeld(table, entry)) return false;
  const key = keyOf(table.schema.keys, entry.item);
  db.commit({ byTtl: true, writes: [{ table, key, place: entry, before: entry, after: undefined }] });
  return true;
}
