/** A change of an index: one entry of one list was put, replaced or removed. */
export interface IndexChange<Entry> {
  readonly list: string;
  readonly key: string;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

/**
 * Decides whether the index has not seen a change yet. Asked from the newest change to the oldest, and of each entry
 * until the first change that it has seen: an index applies the changes of one entry in order, those of two in any.
 * @param age how many changes of any list came after it
 */
export type IsBehind = (change: IndexChange<unknown>, age: number) => boolean;

/** An index as DynamoDB keeps it: beside the table, and some time behind. */
export interface IndexHistory<Entry> {
  set(list: string, key: string, entry: Entry | undefined): void;
  /** The entries of a list, without the changes that `isBehind` names; the array is the caller's. */
  read(list: string, isBehind?: IsBehind): Entry[];
}

/** @param kept how many changes can be taken back */
export function createIndexHistory<Entry>(kept: number): IndexHistory<Entry> {
  const lists = new Map<string, Map<string, Entry>>();
  let changes: IndexChange<Entry>[] = [];

  return {
    set(list, key, entry) {
      let entries = lists.get(list);
      const before = entries?.get(key);
      if (before === undefined && entry === undefined) return;
      if (entries === undefined) {
        entries = new Map();
        lists.set(list, entries);
      }
      if (entry === undefined) entries.delete(key);
      else entries.set(key, entry);
      if (kept === 0) return;
      changes.push({ list, key, before, after: entry });
      // Cut now and then, not each time: shifting an array costs its length.
      if (changes.length >= 2 * kept) changes = changes.slice(-kept);
    },

    read(list, isBehind) {
      const entries = lists.get(list);
      if (isBehind === undefined || changes.length === 0) return entries === undefined ? [] : [...entries.values()];
      let older: Map<string, Entry> | undefined;
      const seen = new Set<string>();
      const oldest = Math.max(0, changes.length - kept);
      for (let at = changes.length - 1; at >= oldest; at--) {
        const change = changes[at];
        if (change === undefined || change.list !== list || seen.has(change.key)) continue;
        if (!isBehind(change, changes.length - 1 - at)) {
          seen.add(change.key);
          continue;
        }
        older ??= new Map(entries);
        if (change.before === undefined) older.delete(change.key);
        else older.set(change.key, change.before);
      }
      return [...(older ?? entries ?? new Map<string, Entry>()).values()];
    },
  };
}
