import type { Item } from '../values/attribute-value.ts';
import type { Entry, Place } from './schema.ts';
import type { Table } from './table.ts';

/** One item's change, decided on. */
export interface Write {
  readonly table: Table;
  readonly place: Place;
  readonly before: Entry | undefined;
  /** undefined: deleted */
  readonly after: Entry | undefined;
  /** Of the item, for the stream and the log. */
  readonly key: Item;
}

/** What happens in one step, all of it or nothing. */
export interface Commit {
  readonly writes: readonly Write[];
  /** Deleted because it expired: its stream record says so. */
  readonly byTtl?: boolean;
  /** Of a transaction: a repetition of it must find that it has happened. */
  readonly token?: { readonly token: string; readonly requestHash: string };
}
