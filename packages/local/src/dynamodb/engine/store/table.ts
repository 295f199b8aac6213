import { randomUUID } from 'node:crypto';
import type { Item } from '../values/attribute-value.ts';
import { itemSize } from '../values/size.ts';
import {
  comparePlaces,
  type Entry,
  entryOf,
  type IndexSchema,
  type KeySchema,
  type Place,
  placeOf,
  type StreamSchema,
} from './schema.ts';
import { SecondaryIndex } from './secondary-index.ts';
import { SortedList } from './sorted-list.ts';

export interface TableSchema {
  readonly name: string;
  readonly id: string;
  readonly createdAtMs: number;
  /** As it was given, for descriptions. */
  readonly attributeDefinitions: readonly { readonly AttributeName: string; readonly AttributeType: string }[];
  readonly keys: KeySchema;
  readonly indexes: readonly IndexSchema[];
  readonly stream?: StreamSchema;
  readonly ttlAttribute?: string;
  readonly billing: 'PAY_PER_REQUEST' | 'PROVISIONED';
  readonly deletionProtection: boolean;
}

export const newTableId = (): string => randomUUID();

/** A table's items, in the order in which a scan finds them, and its indexes. */
export class Table {
  readonly entries = new SortedList<Entry>(comparePlaces);
  readonly indexes = new Map<string, SecondaryIndex>();
  #schema: TableSchema;
  #bytes = 0;

  constructor(schema: TableSchema) {
    this.#schema = schema;
    for (const index of schema.indexes) this.#addIndex(index);
  }

  get schema(): TableSchema {
    return this.#schema;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Changes what can change: indexes, stream, TTL, protection. */
  update(schema: TableSchema): void {
    this.#schema = schema;
    const wanted = new Set(schema.indexes.map(({ name }) => name));
    for (const name of this.indexes.keys()) if (!wanted.has(name)) this.indexes.delete(name);
    for (const index of schema.indexes) if (!this.indexes.has(index.name)) this.#addIndex(index);
  }

  find(key: Item): Entry | undefined {
    return this.at(placeOf(this.#schema.keys, key));
  }

  at(place: Place): Entry | undefined {
    return this.entries.find((entry) => comparePlaces(entry, place));
  }

  /** @throws {DynamoDbError} an item that this table cannot take */
  entryOf(item: Item): Entry {
    return entryOf(this.#schema.keys, this.#schema.indexes, item);
  }

  /** Puts an item in its place that this table has taken before: an index that was added later may not take it. */
  knownEntryOf(item: Item): Entry {
    return { ...placeOf(this.#schema.keys, item), item, bytes: itemSize(item) };
  }

  /** Carries out a change. @returns bytes that each index wrote */
  apply(before: Entry | undefined, after: Entry | undefined, atMs: number): Map<string, number[]> {
    if (after) this.entries.put(after);
    else if (before) this.entries.delete(before);
    this.#bytes += (after?.bytes ?? 0) - (before?.bytes ?? 0);
    const written = new Map<string, number[]>();
    for (const [name, index] of this.indexes) {
      const bytes = index.apply(before, after, atMs);
      if (bytes.length > 0) written.set(name, bytes);
    }
    return written;
  }

  #addIndex(schema: IndexSchema): void {
    const index = new SecondaryIndex(schema, this.#schema.keys);
    for (const entry of this.entries.ascending()) index.apply(undefined, entry, 0);
    this.indexes.set(schema.name, index);
  }
}
