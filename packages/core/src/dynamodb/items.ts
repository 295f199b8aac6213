import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';

export type Item = Record<string, AttributeValue>;

/** A plain object as DynamoDB writes it; undefined members are left out. */
export const toItem = (value: object): Item => marshall(value, { removeUndefinedValues: true });

/** Expression values, e.g. `{':now': 5}`. */
export const values = toItem;

/** An item without the attributes that only the tables know of. */
export function fromItem<T>(item: Item): T {
  const { ttl: _ttl, writtenBy: _writtenBy, ...rest } = unmarshall(item);
  return rest as T;
}

export const fromOptional = <T>(item: Item | undefined): T | undefined =>
  item === undefined ? undefined : fromItem<T>(item);

/**
 * How long a record outlives its own time before DynamoDB may delete it. The sweeper, which ends what has expired and
 * tells the listeners, needs the record; an hour is sixty of its rounds.
 */
const KEEP_AFTER_EXPIRY_SECONDS = 3600;

/** The TTL attribute for something that ends at a time: epoch seconds, as DynamoDB wants it. */
export const ttlAfter = (endsAtMs: number): number => Math.ceil(endsAtMs / 1000) + KEEP_AFTER_EXPIRY_SECONDS;
