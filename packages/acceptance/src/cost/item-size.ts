/**
 * Sizes and units as DynamoDB counts them.
 * @see "DynamoDB item sizes and formats" and "read and write operations", DynamoDB Developer Guide; facts page, section 9
 */

/** A plain object, as `unmarshall` makes it. */
export type PlainItem = Readonly<Record<string, unknown>>;

const WRITE_UNIT_BYTES = 1024;
const READ_UNIT_BYTES = 4096;

/** Bytes of an item: names and values. Trailing zeros of a number count, which can be a byte too many. */
export const itemBytes = (item: PlainItem): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);

function valueBytes(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return Buffer.byteLength(value);
    case 'number':
      return Math.ceil(String(value).replace(/\D/g, '').length / 2) + 1 + (value < 0 ? 1 : 0);
    case 'boolean':
      return 1;
    case 'object': {
      if (value === null) return 1;
      const members = Object.entries(value);
      // A list has no names.
      const names = Array.isArray(value) ? 0 : members.reduce((sum, [name]) => sum + Buffer.byteLength(name), 0);
      return 3 + names + members.reduce((sum, [, member]) => sum + 1 + valueBytes(member), 0);
    }
    default:
      throw new TypeError(`No size is known of a ${typeof value}`);
  }
}

/** Of writing one item, which costs by the larger of what was there and what is there then. */
export const writeUnits = (before: PlainItem | undefined, after: PlainItem | undefined): number =>
  Math.max(1, ...[before, after].map((item) => (item ? Math.ceil(itemBytes(item) / WRITE_UNIT_BYTES) : 0)));

/** Of a read, a query or a scan of so many bytes. */
export const readUnits = (bytes: number, { consistent }: { consistent: boolean }): number =>
  Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * (consistent ? 1 : 0.5);

/** Of keeping a keys-only index up to date: an entry that comes or goes is one write, one that changes its keys two. */
export function indexWriteUnits(
  before: PlainItem | undefined,
  after: PlainItem | undefined,
  keys: readonly string[],
): number {
  const entryOf = (item: PlainItem | undefined) =>
    item && keys.every((key) => item[key] !== undefined) ? JSON.stringify(keys.map((key) => item[key])) : undefined;
  const [old, young] = [entryOf(before), entryOf(after)];
  if (old === young) return 0;
  return (old === undefined ? 0 : 1) + (young === undefined ? 0 : 1);
}
