import type { PlacesShard } from './model.ts';

/**
 * Simulated with DynamoDB refusing a transaction on an item that another one holds for 15 ms: 40 shards serve 500 joins
 * a second with 1.24 attempts each.
 */
const MIN_SHARDS = 40;
/** With the session, the speaker's connection and the check of the denied user: 99 of a transaction's 100 actions. */
const MAX_SHARDS = 96;
const PLACES_PER_SHARD = 100;
/** A session with fewer places has fewer shards, of at least two places each. */
const MIN_PLACES_PER_SHARD = 2;

/** Returns the empty shards of a new session. Their shares add up to `capacity` exactly: 500 = 20 × 13 + 20 × 12. */
export function planShards(capacity: number, createdAt: number): PlacesShard[] {
  const wanted = Math.min(MAX_SHARDS, Math.max(MIN_SHARDS, Math.ceil(capacity / PLACES_PER_SHARD)));
  const count = Math.max(1, Math.min(wanted, Math.floor(capacity / MIN_PLACES_PER_SHARD)));
  return Array.from({ length: count }, (_, index) => ({
    placeShard: `${createdAt}#${index}`,
    capacity: Math.floor(capacity / count) + (index < capacity % count ? 1 : 0),
    taken: 0,
    joins: 0,
    languages: {},
  }));
}
