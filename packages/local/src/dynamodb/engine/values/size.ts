import type { AttributeValue, Item } from './attribute-value.ts';
import { significantDigits } from './number.ts';

/** Bytes of a document's frame, and of each of its parts. @see "DynamoDB item sizes and formats", Developer Guide */
const DOCUMENT_BYTES = 3;
const ELEMENT_BYTES = 1;

/** Returns the size that limits and capacity units count, in bytes: names and values. */
export function itemSize(item: Item): number {
  let bytes = 0;
  for (const name in item) bytes += Buffer.byteLength(name) + valueSize(item[name] as AttributeValue);
  return bytes;
}

/** Returns the size of one value, in bytes. */
export function valueSize(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberSize(value.N);
  if (value.B !== undefined) return binarySize(value.B);
  if (value.SS !== undefined) return total(value.SS, (member) => Buffer.byteLength(member));
  if (value.NS !== undefined) return total(value.NS, numberSize);
  if (value.BS !== undefined) return total(value.BS, binarySize);
  if (value.L !== undefined) return DOCUMENT_BYTES + total(value.L, (member) => ELEMENT_BYTES + valueSize(member));
  if (value.M !== undefined) {
    return DOCUMENT_BYTES + itemSize(value.M) + ELEMENT_BYTES * Object.keys(value.M).length;
  }
  return 1;
}

const total = <T>(parts: readonly T[], size: (part: T) => number): number =>
  parts.reduce((bytes, part) => bytes + size(part), 0);

/** About one byte for two digits, and one more; another for a sign. */
const numberSize = (canonical: string): number =>
  Math.ceil(significantDigits(canonical) / 2) + 1 + (canonical.startsWith('-') ? 1 : 0);

function binarySize(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return (base64.length / 4) * 3 - padding;
}
