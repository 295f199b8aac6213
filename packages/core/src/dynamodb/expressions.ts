import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { toItem } from './items.ts';

const MEMBERS = {
  update: 'UpdateExpression',
  condition: 'ConditionExpression',
  filter: 'FilterExpression',
  key: 'KeyConditionExpression',
  projection: 'ProjectionExpression',
} as const;
type Kind = keyof typeof MEMBERS;

interface Bindings {
  /** Values of the placeholders, `:name`; undefined ones are left out. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Attributes of placeholders that are not named like them. */
  readonly names?: Readonly<Record<string, string>>;
}

type Expressions<T> = { [K in keyof T & Kind as (typeof MEMBERS)[K]]: string } & {
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, AttributeValue>;
};

/**
 * The members of a request for its expressions. `#state` stands for the attribute `state` unless `names` says another:
 * many of our names are reserved words of DynamoDB.
 */
export function expressions<T extends { readonly [K in Kind]?: string } & Bindings>(given: T): Expressions<T> {
  const { values = {}, names = {} } = given;
  const texts = Object.entries(MEMBERS).flatMap(([kind, member]) => {
    const text = given[kind as Kind];
    return text === undefined ? [] : [[member, text] as const];
  });
  const placeholders = [...new Set(texts.flatMap(([, text]) => text.match(/#\w+/g) ?? []))];
  const attributeValues = toItem(values);
  return {
    ...Object.fromEntries(texts),
    ...(placeholders.length > 0 && {
      ExpressionAttributeNames: Object.fromEntries(placeholders.map((name) => [name, names[name] ?? name.slice(1)])),
    }),
    ...(Object.keys(attributeValues).length > 0 && { ExpressionAttributeValues: attributeValues }),
  } as Expressions<T>;
}
