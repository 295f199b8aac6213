import { ExpressionError } from '../errors.ts';

/** Something whose members are computed when asked for: a resource, `var`, `local`, `data`. */
export abstract class LazyObject {
  /** The member of that name. @throws {ExpressionError} there is none */
  abstract get(key: string): unknown;
}

export const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LazyObject);

/** What Terraform would call the value, for messages. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'boolean' ? 'a bool' : `a ${typeof value}`;
}

/** Terraform's conversion to string. @throws {ExpressionError} */
export function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new ExpressionError(`expected a string, found ${typeName(value)}`);
}

/** Terraform's conversion to number. @throws {ExpressionError} */
export function toNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)) return Number(value);
  throw new ExpressionError(
    `expected a number, found ${typeof value === 'string' ? JSON.stringify(value) : typeName(value)}`,
  );
}

/** Terraform's conversion to bool. @throws {ExpressionError} */
export function toBoolean(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (value === 'true') return true;
  if (value === 'false') return false;
  throw new ExpressionError(
    `expected a bool, found ${typeof value === 'string' ? JSON.stringify(value) : typeName(value)}`,
  );
}

/** A list, as it is. @throws {ExpressionError} */
export function toList(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw new ExpressionError(`expected a list, found ${typeName(value)}`);
}

/** A map or object, as it is. @throws {ExpressionError} */
export function toObject(value: unknown): Record<string, unknown> {
  if (isPlainObject(value)) return value;
  throw new ExpressionError(`expected an object, found ${typeName(value)}`);
}

/** Terraform's `==`: the same type and the same content. */
export function isEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => isEqual(item, right[index]));
  }
  if (isPlainObject(left) && isPlainObject(right)) {
    const keys = Object.keys(left);
    return (
      keys.length === Object.keys(right).length &&
      keys.every((key) => Object.hasOwn(right, key) && isEqual(left[key], right[key]))
    );
  }
  return false;
}
