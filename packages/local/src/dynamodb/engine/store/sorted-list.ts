/** A full chunk is split in two: moving so many references is cheaper than anything that would avoid it. */
const MAX_CHUNK = 512;

/** Says where an entry stands: below 0, above 0, or 0 if it is what is looked for. */
export type Position<T> = (entry: T) => number;

/**
 * Entries in order, in chunks: inserting, removing and finding take a few comparisons and a short move, at a million
 * entries too.
 */
export class SortedList<T> {
  readonly #compare: (a: T, b: T) => number;
  /** None is empty. */
  #chunks: T[][] = [];
  #length = 0;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get length(): number {
    return this.#length;
  }

  /** Returns the entry at which `position` is 0. */
  find(position: Position<T>): T | undefined {
    const [chunkAt, at] = this.#lowerBound(position);
    const entry = this.#chunks[chunkAt]?.[at];
    return entry !== undefined && position(entry) === 0 ? entry : undefined;
  }

  /** Puts an entry in its place. @returns the equal one whose place it took */
  put(entry: T): T | undefined {
    const [chunkAt, at] = this.#lowerBound((other) => this.#compare(other, entry));
    const chunk = this.#chunks[chunkAt];
    const existing = chunk?.[at];
    if (chunk && existing !== undefined && this.#compare(existing, entry) === 0) {
      chunk[at] = entry;
      return existing;
    }
    this.#length++;
    if (chunk) this.#insert(chunkAt, at, entry);
    else {
      // Behind everything: the last chunk takes it.
      const last = this.#chunks.length - 1;
      if (last < 0) this.#chunks.push([entry]);
      else this.#insert(last, this.#chunks[last]?.length ?? 0, entry);
    }
    return undefined;
  }

  /** Removes the entry that is equal to this one. */
  delete(entry: T): T | undefined {
    const [chunkAt, at] = this.#lowerBound((other) => this.#compare(other, entry));
    const chunk = this.#chunks[chunkAt];
    const existing = chunk?.[at];
    if (!chunk || existing === undefined || this.#compare(existing, entry) !== 0) return undefined;
    chunk.splice(at, 1);
    if (chunk.length === 0) this.#chunks.splice(chunkAt, 1);
    this.#length--;
    return existing;
  }

  /** Lists the entries from the first at which `from` is not negative. Nothing may change meanwhile. */
  *ascending(from: Position<T> = () => 0): Generator<T> {
    let [chunkAt, at] = this.#lowerBound(from);
    for (let chunk = this.#chunks[chunkAt]; chunk; chunk = this.#chunks[++chunkAt], at = 0) {
      for (; at < chunk.length; at++) yield chunk[at] as T;
    }
  }

  /** Lists the entries backwards, from the last at which `from` is negative. Nothing may change meanwhile. */
  *descending(from: Position<T> = () => -1): Generator<T> {
    let [chunkAt, at] = this.#lowerBound(from);
    for (at--; chunkAt >= 0; at = (this.#chunks[--chunkAt]?.length ?? 0) - 1) {
      const chunk = this.#chunks[chunkAt];
      for (; chunk && at >= 0; at--) yield chunk[at] as T;
    }
  }

  /** Finds the first entry at which `position` is not negative. @returns its chunk and its place there */
  #lowerBound(position: Position<T>): [chunkAt: number, at: number] {
    const chunkAt = firstWhere(this.#chunks, (chunk) => position(chunk[chunk.length - 1] as T) >= 0);
    const chunk = this.#chunks[chunkAt];
    return [chunkAt, chunk ? firstWhere(chunk, (entry) => position(entry) >= 0) : 0];
  }

  #insert(chunkAt: number, at: number, entry: T): void {
    const chunk = this.#chunks[chunkAt] as T[];
    chunk.splice(at, 0, entry);
    if (chunk.length > MAX_CHUNK) this.#chunks.splice(chunkAt + 1, 0, chunk.splice(MAX_CHUNK / 2));
  }
}

/** Returns the index of the first member that satisfies a test which all after it satisfy, too; the length if none does. */
function firstWhere<T>(members: readonly T[], test: (member: T) => boolean): number {
  let [low, high] = [0, members.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(members[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
