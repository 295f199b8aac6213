import { invalidParameters, validationError } from '../errors.ts';
import { type AttributeType, type AttributeValue, emptyItem, type Item, typeOf } from '../values/attribute-value.ts';
import { keyOrder } from '../values/order.ts';
import { itemSize, valueSize } from '../values/size.ts';

export interface KeyAttribute {
  readonly name: string;
  readonly type: 'S' | 'N' | 'B';
}

export interface KeySchema {
  readonly hash: KeyAttribute;
  readonly range?: KeyAttribute;
}

export interface IndexSchema {
  readonly name: string;
  readonly keys: KeySchema;
  readonly isGlobal: boolean;
  /** undefined: all attributes; otherwise these, beside the keys of table and index. */
  readonly projected: readonly string[] | undefined;
}

export interface StreamSchema {
  readonly label: string;
  readonly viewType: 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES';
}

/** Bytes. @see "Quotas in Amazon DynamoDB", Developer Guide */
const MAX_ITEM_BYTES = 400 * 1024;
const MAX_HASH_KEY_BYTES = 2048;
const MAX_RANGE_KEY_BYTES = 1024;

/** Where an item stands: by a hash of its partition key, then by its keys. */
export interface Place {
  /** 0 to 2^32 - 1: what parallel scans and the shards of streams are cut by. */
  readonly position: number;
  readonly hash: string;
  /** Empty without a sort key. */
  readonly range: string;
}

/** An item in its place. */
export interface Entry extends Place {
  readonly item: Item;
  readonly bytes: number;
}

export function comparePlaces(a: Place, b: Place): number {
  if (a.position !== b.position) return a.position - b.position;
  if (a.hash !== b.hash) return a.hash < b.hash ? -1 : 1;
  return a.range < b.range ? -1 : a.range > b.range ? 1 : 0;
}

export const keyAttributes = ({ hash, range }: KeySchema): KeyAttribute[] => (range ? [hash, range] : [hash]);

/** Returns where a key's values put an item. */
export function placeOf(keys: KeySchema, item: Item): Place {
  const hash = keyOrder(item[keys.hash.name] as AttributeValue);
  const range = keys.range ? keyOrder(item[keys.range.name] as AttributeValue) : '';
  return { position: positionOf(hash), hash, range };
}

/** Spreads keys evenly over 32 bits: FNV-1a, with the last step of MurmurHash3, which mixes the upper bits as well. */
export function positionOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Returns the attributes of a key, and nothing else. */
export function keyOf(keys: KeySchema, item: Item): Item {
  const key = emptyItem();
  for (const { name } of keyAttributes(keys)) key[name] = item[name] as AttributeValue;
  return key;
}

/** Puts an item in its place. @throws {DynamoDbError} its keys or its size are not what the table takes */
export function entryOf(keys: KeySchema, indexes: Iterable<IndexSchema>, item: Item): Entry {
  checkItemKeys(keys, item);
  for (const index of indexes) checkIndexKeys(index, item);
  const bytes = itemSize(item);
  if (bytes > MAX_ITEM_BYTES) throw validationError('Item size has exceeded the maximum allowed size');
  return { ...placeOf(keys, item), item, bytes };
}

/** Checks that an item has the table's keys. @throws {DynamoDbError} */
export function checkItemKeys(keys: KeySchema, item: Item): void {
  for (const attribute of keyAttributes(keys)) {
    const value = item[attribute.name];
    if (value === undefined) throw invalidParameters(`Missing the key ${attribute.name} in the item`);
    if (typeOf(value) !== attribute.type) {
      throw invalidParameters(
        `Type mismatch for key ${attribute.name} expected: ${attribute.type} actual: ${typeOf(value)}`,
      );
    }
  }
  checkKeyValues(keys, item);
}

/** Checks the `Key` of a request. @throws {DynamoDbError} */
export function checkKey(keys: KeySchema, key: Item): void {
  const attributes = keyAttributes(keys);
  const fits =
    Object.keys(key).length === attributes.length &&
    attributes.every(({ name, type }) => key[name] !== undefined && typeOf(key[name]) === type);
  if (!fits) throw validationError('The provided key element does not match the schema');
  checkKeyValues(keys, key);
}

function checkKeyValues(keys: KeySchema, item: Item): void {
  for (const [at, { name }] of keyAttributes(keys).entries()) {
    const value = item[name] as AttributeValue;
    if (value.S === '' || value.B === '') {
      const kind = value.S === '' ? 'string' : 'binary';
      throw validationError(
        `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${kind} value. Key: ${name}`,
      );
    }
    const [kind, most] = at === 0 ? (['hash', MAX_HASH_KEY_BYTES] as const) : (['range', MAX_RANGE_KEY_BYTES] as const);
    if (value.N === undefined && valueSize(value) > most) {
      throw invalidParameters(
        kind === 'hash'
          ? 'Size of hashkey has exceeded the maximum size limit of2048 bytes'
          : 'Aggregated size of all range keys has exceeded the size limit of 1024 bytes',
      );
    }
  }
}

function checkIndexKeys({ name: indexName, keys }: IndexSchema, item: Item): void {
  for (const { name, type } of keyAttributes(keys)) {
    const value = item[name];
    if (value === undefined) continue;
    const actual: AttributeType = typeOf(value);
    if (actual !== type) {
      throw invalidParameters(
        `Type mismatch for Index Key ${name} Expected: ${type} Actual: ${actual} IndexName: ${indexName}`,
      );
    }
    if (value.S === '' || value.B === '') {
      throw validationError(
        `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty ${value.S === '' ? 'string' : 'binary'} value. IndexName: ${indexName}, IndexKey: ${name}`,
      );
    }
  }
}

/** @throws {DynamoDbError} a path leads into a key: keys are no documents */
export function checkKeysAreScalars(
  { schema }: { readonly schema: { readonly keys: KeySchema; readonly indexes: readonly IndexSchema[] } },
  paths: readonly (readonly (string | number)[])[],
): void {
  const heads = new Set(paths.filter(({ length }) => length > 1).map(([first]) => first));
  if (heads.size === 0) return;
  const refuse = (what: string) =>
    validationError(
      `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ${what}`,
    );
  for (const { name } of keyAttributes(schema.keys)) if (heads.has(name)) throw refuse(`Key: ${name}`);
  for (const { keys } of schema.indexes) {
    for (const { name } of keyAttributes(keys)) if (heads.has(name)) throw refuse(`IndexKey: ${name}`);
  }
}
