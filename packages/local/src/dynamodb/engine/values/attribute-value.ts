import { DynamoDbError, invalidParameters, validationError } from '../errors.ts';
import { canonicalNumber } from './number.ts';

/** A value as the protocol writes it, e.g. `{ "S": "a" }`: exactly one of these types. Never changed once it is stored. */
export interface AttributeValue {
  readonly S?: string;
  /** Canonical, see `canonicalNumber`. */
  readonly N?: string;
  /** Base64. */
  readonly B?: string;
  readonly BOOL?: boolean;
  readonly NULL?: true;
  readonly SS?: readonly string[];
  readonly NS?: readonly string[];
  readonly BS?: readonly string[];
  readonly L?: readonly AttributeValue[];
  readonly M?: Item;
}

/** Attributes by their names; without a prototype, so that an attribute may be called `constructor`. */
export type Item = Readonly<Record<string, AttributeValue>>;
export type MutableItem = Record<string, AttributeValue>;
export type AttributeType = keyof AttributeValue;

/** @see "Service, account, and table quotas", DynamoDB Developer Guide */
const MAX_NESTING = 32;

/**
 * Makes objects that inherit nothing, as `Object.create(null)` does, and that V8 does not keep as hash tables, as it does
 * those: half the memory.
 */
class Bare {}
Reflect.deleteProperty(Bare.prototype, 'constructor');
Object.setPrototypeOf(Bare.prototype, null);

export const emptyItem = (): MutableItem => new Bare() as MutableItem;
export const copyItem = (item: Item | undefined): MutableItem => Object.assign(emptyItem(), item);

/** Returns the one type of a value. */
export function typeOf(value: AttributeValue): AttributeType {
  for (const type in value) return type as AttributeType;
  throw new TypeError('an attribute value without a type');
}

/**
 * Reads the attributes of a request, and checks each value.
 * @throws {DynamoDbError} SerializationException: not of the protocol's form; ValidationException: a value that no
 * item can have
 */
export function parseItem(input: unknown, depth = 0): Item {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) throw malformed(input);
  const item = emptyItem();
  for (const [name, value] of Object.entries(input)) {
    if (name === '') throw validationError('Empty attribute name');
    item[name] = parseValue(value, depth);
  }
  return item;
}

/** Reads one value of a request, as `parseItem` does. */
export function parseValue(input: unknown, depth = 0): AttributeValue {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) throw malformed(input);
  if (depth >= MAX_NESTING)
    throw validationError(
      'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit',
    );
  let found: AttributeValue | undefined;
  let count = 0;
  for (const [type, value] of Object.entries(input)) {
    if (value === null) continue;
    // A type may be called `constructor` by mistake.
    const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
    if (read === undefined) continue;
    count++;
    found ??= read(value, depth);
  }
  if (found === undefined) {
    throw validationError('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
  }
  if (count > 1) {
    throw validationError(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  }
  return found;
}

const readers: Readonly<Record<string, (value: unknown, depth: number) => AttributeValue>> = {
  S: (value) => ({ S: text(value) }),
  N: (value) => ({ N: canonicalNumber(text(value)) }),
  B: (value) => ({ B: base64(value) }),
  BOOL: (value) => ({ BOOL: boolean(value) }),
  NULL: (value) => {
    if (!boolean(value)) throw invalidParameters('Null attribute value types must have the value of true');
    return { NULL: true };
  },
  SS: (value) => {
    const members = list(value).map(text);
    if (members.length === 0) throw invalidParameters('An string set  may not be empty');
    if (hasDuplicates(members)) {
      throw invalidParameters(`Input collection [${members.join(', ')}] contains duplicates.`);
    }
    return { SS: members };
  },
  NS: (value) => {
    const members = list(value).map((member) => canonicalNumber(text(member)));
    if (members.length === 0) throw invalidParameters('An number set  may not be empty');
    if (hasDuplicates(members)) throw validationError('Input collection contains duplicates');
    return { NS: members };
  },
  BS: (value) => {
    const members = list(value).map(base64);
    if (members.length === 0) throw invalidParameters('Binary sets should not be empty');
    if (hasDuplicates(members)) {
      throw invalidParameters(`Input collection [${members.join(', ')}]of type BS contains duplicates.`);
    }
    return { BS: members };
  },
  L: (value, depth) => ({ L: list(value).map((member) => parseValue(member, depth + 1)) }),
  M: (value, depth) => ({ M: parseItem(value, depth + 1) }),
};

const hasDuplicates = (members: readonly string[]): boolean => new Set(members).size < members.length;

function text(value: unknown): string {
  if (typeof value !== 'string') throw malformed(value, 'String');
  return value;
}

function boolean(value: unknown): boolean {
  if (typeof value !== 'boolean') throw malformed(value, 'Boolean');
  return value;
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw malformed(value);
  return value;
}

function base64(value: unknown): string {
  if (typeof value !== 'string') {
    throw new DynamoDbError('SerializationException', 'only base-64-encoded strings are convertible to bytes');
  }
  if (value.length % 4 !== 0) {
    throw new DynamoDbError(
      'SerializationException',
      `Base64 encoded length is expected a multiple of 4 bytes but found: ${value.length}`,
    );
  }
  if (Buffer.from(value, 'base64').toString('base64') !== value) {
    throw new DynamoDbError('SerializationException', 'Invalid last non-pad Base64 character dectected');
  }
  return value;
}

/** Says what a value cannot be, as the service's protocol layer does. */
export function malformed(value: unknown, wanted?: string): DynamoDbError {
  const message =
    typeof value === 'object' && value !== null
      ? Array.isArray(value)
        ? 'Start of list found where not expected'
        : 'Start of structure or map found where not expected'
      : wanted === undefined
        ? 'Unexpected field type'
        : `${token(value)} cannot be converted to ${wanted}`;
  return new DynamoDbError('SerializationException', message);
}

function token(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
  if (typeof value === 'number') return Number.isInteger(value) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE';
  return 'STRING_VALUE';
}
