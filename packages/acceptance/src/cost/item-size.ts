/**
 * Sizes of items as DynamoDB counts them.
 * @see "DynamoDB item sizes and formats" and "read and write operations", DynamoDB Developer Guide; facts page, section 9
 */

/** A plain object, as `unmarshall` makes it. */
export type PlainItem = Readonly<Record<string, unknown>>;

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
