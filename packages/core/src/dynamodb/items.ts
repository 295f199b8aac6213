import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';

export type Item = Record<string, AttributeValue>;

/** A plain object as DynamoDB writes it; undefined members are left out. */
export const toItem = (value: object): Item => marshall(value, { removeUndefinedValues: true });

/** An item as a plain object, without some of its attributes. */
export function fromItem(item: Item, without: readonly string[]): Record<string, unknown> {
  const plain = unmarshall(item);
  for (const name of without) delete plain[name];
  return plain;
}

/** A TTL attribute for a moment: epoch seconds, as DynamoDB wants it. */
export const ttlAt = (epochMs: number): number => Math.ceil(epochMs / 1000);
