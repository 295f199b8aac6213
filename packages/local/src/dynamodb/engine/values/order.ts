import type { AttributeValue } from './attribute-value.ts';
import { compareNumbers, numberOrder } from './number.ts';

/** From here on the order of UTF-16 code units is not that of code points, which is also that of UTF-8's bytes. */
const beyondOrder = /[\ud800-\uffff]/;

/** Returns a text whose UTF-16 code units sort as the UTF-8 bytes of `text` do: surrogates move behind all other units. */
function utf8Order(text: string): string {
  if (!beyondOrder.test(text)) return text;
  let order = '';
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    order += String.fromCharCode(unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);
  }
  return order;
}

/**
 * Returns a text for a key's value (a string, number or binary); of values of one type, texts sort as DynamoDB sorts
 * the values, and differ exactly if these do.
 */
export function keyOrder({ S, N, B }: AttributeValue): string {
  if (S !== undefined) return utf8Order(S);
  if (N !== undefined) return numberOrder(N);
  return Buffer.from(B ?? '', 'base64').toString('latin1');
}

/** Compares two values of one ordered type. @returns below, above or equal to 0; undefined: they have no order */
export function compareValues(a: AttributeValue, b: AttributeValue): number | undefined {
  if (a.N !== undefined && b.N !== undefined) return compareNumbers(a.N, b.N);
  if ((a.S !== undefined && b.S !== undefined) || (a.B !== undefined && b.B !== undefined)) {
    const [x, y] = [keyOrder(a), keyOrder(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  }
  return undefined;
}

/** Returns whether two values are the same: of one type, sets in any order, lists and maps part by part. */
export function isEqual(a: AttributeValue, b: AttributeValue): boolean {
  if (a.S !== undefined) return a.S === b.S;
  if (a.N !== undefined) return a.N === b.N;
  if (a.B !== undefined) return a.B === b.B;
  if (a.BOOL !== undefined) return a.BOOL === b.BOOL;
  if (a.NULL !== undefined) return b.NULL !== undefined;
  if (a.SS !== undefined) return sameMembers(a.SS, b.SS);
  if (a.NS !== undefined) return sameMembers(a.NS, b.NS);
  if (a.BS !== undefined) return sameMembers(a.BS, b.BS);
  if (a.L !== undefined) {
    const { L: others } = b;
    return others?.length === a.L.length && a.L.every((member, at) => isEqual(member, others[at] as AttributeValue));
  }
  const [own, others] = [a.M ?? {}, b.M];
  if (others === undefined) return false;
  const names = Object.keys(own);
  return (
    names.length === Object.keys(others).length &&
    names.every((name) => {
      const other = others[name];
      return other !== undefined && isEqual(own[name] as AttributeValue, other);
    })
  );
}

function sameMembers(a: readonly string[], b: readonly string[] | undefined): boolean {
  if (b === undefined || a.length !== b.length) return false;
  const members = new Set(a);
  return b.every((member) => members.has(member));
}
