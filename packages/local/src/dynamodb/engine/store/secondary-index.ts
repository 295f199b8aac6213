import { type AttributeValue, emptyItem, type Item } from '../values/attribute-value.ts';
import { isEqual } from '../values/order.ts';
import { itemSize } from '../values/size.ts';
import {
  comparePlaces,
  type Entry,
  type IndexSchema,
  type KeySchema,
  keyAttributes,
  type Place,
  placeOf,
} from './schema.ts';
import { SortedList } from './sorted-list.ts';

/** An item in an index: in the index's place, then in the table's, so that no two are ever the same. */
export interface IndexEntry extends Place {
  /** As the index has it: with what is projected. */
  readonly item: Item;
  readonly bytes: number;
  readonly of: Place;
}

interface Change {
  readonly atMs: number;
  readonly before: IndexEntry | undefined;
  readonly after: IndexEntry | undefined;
}

/** Of more changes, those that are due are carried out without waiting for a read. */
const MAX_PENDING = 200;

/** An index over a table's items; those without all of its keys are not in it. */
export class SecondaryIndex {
  readonly schema: IndexSchema;
  readonly entries = new SortedList<IndexEntry>((a, b) => comparePlaces(a, b) || comparePlaces(a.of, b.of));
  readonly #tableKeys: KeySchema;
  /** What has been written and cannot be seen yet, oldest first. */
  #pending: Change[] = [];
  #lagMs = 0;
  #bytes = 0;

  constructor(schema: IndexSchema, tableKeys: KeySchema) {
    this.schema = schema;
    this.#tableKeys = tableKeys;
  }

  get lagMs(): number {
    return this.#lagMs;
  }

  /** Changes that cannot be seen yet. */
  get pending(): number {
    return this.#pending.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** How long after a write its change can be seen. */
  setLag(lagMs: number, nowMs: number): void {
    this.#lagMs = lagMs;
    this.catchUp(nowMs);
  }

  /** Takes over a change of an item. @returns bytes of each entry written, for capacity units */
  apply(before: Entry | undefined, after: Entry | undefined, atMs: number): number[] {
    const change = { atMs, before: before && this.#entryOf(before), after: after && this.#entryOf(after) };
    const written = bytesWritten(change);
    if (written.length === 0) return written;
    if (this.#lagMs === 0) this.#carryOut(change);
    else this.#pending.push(change);
    // There may never be a read.
    if (this.#pending.length > MAX_PENDING) this.catchUp(atMs);
    return written;
  }

  /** Shows what was written long enough ago. @returns whether something written since cannot be seen yet */
  catchUp(nowMs: number): boolean {
    const dueMs = nowMs - this.#lagMs;
    const first = this.#pending.findIndex(({ atMs }) => this.#lagMs > 0 && atMs > dueMs);
    const due = first < 0 ? this.#pending.length : first;
    for (const change of this.#pending.splice(0, due)) this.#carryOut(change);
    return this.#pending.length > 0;
  }

  #carryOut({ before, after }: Change): void {
    if (before && (!after || comparePlaces(before, after) !== 0)) {
      this.#bytes -= this.entries.delete(before)?.bytes ?? 0;
    }
    if (after) this.#bytes += after.bytes - (this.entries.put(after)?.bytes ?? 0);
  }

  #entryOf(entry: Entry): IndexEntry | undefined {
    const { keys, projected } = this.schema;
    // Items that were there before the index may have other types.
    if (!keyAttributes(keys).every(({ name, type }) => entry.item[name]?.[type])) return undefined;
    const place = placeOf(keys, entry.item);
    if (projected === undefined) return { ...place, item: entry.item, bytes: entry.bytes, of: entry };
    const item = emptyItem();
    const names = [...keyAttributes(this.#tableKeys), ...keyAttributes(keys)].map(({ name }) => name);
    for (const name of [...names, ...projected]) {
      const value = entry.item[name];
      if (value !== undefined) item[name] = value as AttributeValue;
    }
    return { ...place, item, bytes: itemSize(item), of: placeOnly(entry) };
  }
}

/** An entry of an index must not keep the whole item alive. */
const placeOnly = ({ position, hash, range }: Place): Place => ({ position, hash, range });

/** A new key is a deletion and a put; nothing is written if nothing projected changed. */
function bytesWritten({ before, after }: Change): number[] {
  if (before && after && comparePlaces(before, after) === 0) {
    return isEqual({ M: before.item }, { M: after.item }) ? [] : [Math.max(before.bytes, after.bytes)];
  }
  return [before, after].flatMap((entry) => (entry ? [entry.bytes] : []));
}
