import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ExpressionError } from '../errors.ts';
import { encodeJson, formatText } from './format.ts';
import { matchAll, matchFirst, replaceText } from './regex.ts';
import { isEqual, isPlainObject, LazyObject, toBoolean, toList, toNumber, toObject, toText } from './values.ts';

type Implementation = (args: readonly unknown[], folder: string) => unknown;

const digest = (algorithm: string, encoding: 'hex' | 'base64') => (content: string | Buffer) =>
  createHash(algorithm).update(content).digest(encoding);
const file = (name: unknown, folder: string): Buffer => {
  const path = resolve(folder, toText(name));
  try {
    return readFileSync(path);
  } catch (error) {
    throw new ExpressionError(`the file ${path} cannot be read`, undefined, { cause: error });
  }
};
const text =
  (implementation: (value: string, ...rest: string[]) => unknown): Implementation =>
  ([value, ...rest]) =>
    implementation(toText(value), ...rest.map(toText));
const unique = (items: readonly unknown[]): unknown[] =>
  items.filter((item, index) => items.findIndex((other) => isEqual(item, other)) === index);
const flatten = (items: readonly unknown[]): unknown[] =>
  items.flatMap((item) => (Array.isArray(item) ? flatten(item) : [item]));
/** Terraform walks maps in the order of their keys. */
const sortedKeys = (value: unknown): string[] => Object.keys(toObject(value)).sort();
const trimWith = (value: string, set: string): string => {
  const characters = new Set(set);
  const kept = [...value];
  while (characters.has(kept[0] ?? '')) kept.shift();
  while (characters.has(kept.at(-1) ?? '')) kept.pop();
  return kept.join('');
};

const functions: Readonly<Record<string, Implementation>> = {
  // Strings
  replace: text((value, search = '', replacement = '') => replaceText(value, search, replacement)),
  regex: ([pattern, value]) => matchFirst(toText(pattern), toText(value)),
  regexall: ([pattern, value]) => matchAll(toText(pattern), toText(value)),
  format: ([pattern, ...values]) => formatText(toText(pattern), values),
  join: ([separator, ...lists]) => lists.flatMap(toList).map(toText).join(toText(separator)),
  split: ([separator, value]) => toText(value).split(toText(separator)),
  lower: text((value) => value.toLowerCase()),
  upper: text((value) => value.toUpperCase()),
  title: text((value) => value.replace(/\b\w/g, (letter) => letter.toUpperCase())),
  trimspace: text((value) => value.trim()),
  trim: text((value, set = '') => trimWith(value, set)),
  trimprefix: text((value, prefix = '') => (value.startsWith(prefix) ? value.slice(prefix.length) : value)),
  trimsuffix: text((value, suffix = '') =>
    suffix !== '' && value.endsWith(suffix) ? value.slice(0, -suffix.length) : value,
  ),
  startswith: text((value, prefix = '') => value.startsWith(prefix)),
  endswith: text((value, suffix = '') => value.endsWith(suffix)),
  strcontains: text((value, part = '') => value.includes(part)),
  substr: ([value, offset, length]) => {
    const characters = [...toText(value)];
    const start = toNumber(offset) < 0 ? characters.length + toNumber(offset) : toNumber(offset);
    const count = toNumber(length);
    return characters.slice(start, count < 0 ? undefined : start + count).join('');
  },
  // Another one each time it is evaluated: a terraform_data keeps it.
  uuid: () => randomUUID(),
  // Encodings and hashes
  jsonencode: ([value]) => encodeJson(value),
  jsondecode: ([value]) => {
    try {
      return JSON.parse(toText(value));
    } catch (error) {
      throw new ExpressionError('jsondecode: not JSON', undefined, { cause: error });
    }
  },
  base64encode: text((value) => Buffer.from(value).toString('base64')),
  base64decode: text((value) => Buffer.from(value, 'base64').toString()),
  urlencode: text((value) => encodeURIComponent(value).replaceAll('%20', '+')),
  sha1: text(digest('sha1', 'hex')),
  sha256: text(digest('sha256', 'hex')),
  md5: text(digest('md5', 'hex')),
  base64sha256: text(digest('sha256', 'base64')),
  filesha1: ([name], folder) => digest('sha1', 'hex')(file(name, folder)),
  filesha256: ([name], folder) => digest('sha256', 'hex')(file(name, folder)),
  filemd5: ([name], folder) => digest('md5', 'hex')(file(name, folder)),
  filebase64sha256: ([name], folder) => digest('sha256', 'base64')(file(name, folder)),
  file: ([name], folder) => file(name, folder).toString(),
  // Collections
  concat: (lists) => lists.flatMap(toList),
  merge: (maps) => Object.assign({}, ...maps.filter((map) => map !== null).map(toObject)),
  length: ([value]) =>
    typeof value === 'string'
      ? [...value].length
      : isPlainObject(value)
        ? Object.keys(value).length
        : toList(value).length,
  contains: ([list, item]) => toList(list).some((other) => isEqual(other, item)),
  element: ([list, index]) => {
    const items = toList(list);
    if (items.length === 0) throw new ExpressionError('element: the list is empty');
    return items[toNumber(index) % items.length];
  },
  lookup: ([map, key, fallback]) => {
    const object = toObject(map);
    if (Object.hasOwn(object, toText(key))) return object[toText(key)];
    if (fallback === undefined) throw new ExpressionError(`lookup: there is no key ${JSON.stringify(key)}`);
    return fallback;
  },
  keys: ([map]) => sortedKeys(map),
  values: ([map]) => sortedKeys(map).map((key) => toObject(map)[key]),
  flatten: ([list]) => flatten(toList(list)),
  compact: ([list]) => toList(list).filter((item) => item !== null && item !== ''),
  distinct: ([list]) => unique(toList(list)),
  reverse: ([list]) => toList(list).toReversed(),
  sort: ([list]) => toList(list).map(toText).sort(),
  slice: ([list, from, to]) => toList(list).slice(toNumber(from), toNumber(to)),
  zipmap: ([names, items]) =>
    Object.fromEntries(toList(names).map((name, index) => [toText(name), toList(items)[index]])),
  range: ([first, second, step]) => {
    const [start, end] = second === undefined ? [0, toNumber(first)] : [toNumber(first), toNumber(second)];
    const by = step === undefined ? Math.sign(end - start) || 1 : toNumber(step);
    return Array.from({ length: Math.max(0, Math.ceil((end - start) / by)) }, (_, index) => start + index * by);
  },
  setunion: (lists) => unique(lists.flatMap(toList)),
  setintersection: ([first, ...rest]) =>
    toList(first).filter((item) => rest.every((list) => toList(list).some((other) => isEqual(other, item)))),
  setsubtract: ([first, second]) =>
    toList(first).filter((item) => !toList(second).some((other) => isEqual(other, item))),
  one: ([list]) => {
    const items = toList(list);
    if (items.length > 1) throw new ExpressionError(`one: the list has ${items.length} elements`);
    return items[0] ?? null;
  },
  alltrue: ([list]) => toList(list).every(toBoolean),
  anytrue: ([list]) => toList(list).some(toBoolean),
  sum: ([list]) => toList(list).reduce<number>((total, item) => total + toNumber(item), 0),
  // Conversions and choices
  tostring: ([value]) => (value === null ? null : toText(value)),
  tonumber: ([value]) => (value === null ? null : toNumber(value)),
  tobool: ([value]) => (value === null ? null : toBoolean(value)),
  tolist: ([value]) => toList(value),
  toset: ([value]) => unique(toList(value)),
  tomap: ([value]) => toObject(value),
  coalesce: (values) => {
    const found = values.find((value) => value !== null && value !== undefined && value !== '');
    if (found === undefined) throw new ExpressionError('coalesce: every argument is null or empty');
    return found;
  },
  coalescelist: (lists) => lists.find((list) => toList(list).length > 0) ?? [],
  sensitive: ([value]) => value,
  nonsensitive: ([value]) => value,
  // Numbers
  min: (values) => Math.min(...values.map(toNumber)),
  max: (values) => Math.max(...values.map(toNumber)),
  ceil: ([value]) => Math.ceil(toNumber(value)),
  floor: ([value]) => Math.floor(toNumber(value)),
  abs: ([value]) => Math.abs(toNumber(value)),
  pow: ([base, exponent]) => toNumber(base) ** toNumber(exponent),
  parseint: ([value, base]) => {
    const parsed = Number.parseInt(toText(value), toNumber(base));
    if (Number.isNaN(parsed)) throw new ExpressionError(`parseint: ${JSON.stringify(value)} is not a number`);
    return parsed;
  },
};

/** Calls a Terraform function with values. @throws {ExpressionError} unknown function, or arguments it cannot take */
export function callFunction(name: string, args: readonly unknown[], folder: string): unknown {
  const implementation = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (implementation === undefined) throw new ExpressionError(`the function ${name} is not supported`);
  const lazy = args.find((arg) => arg instanceof LazyObject);
  if (lazy !== undefined) throw new ExpressionError(`${name}: a whole resource as an argument is not supported`);
  try {
    return implementation(args, folder);
  } catch (error) {
    if (!(error instanceof ExpressionError) || error.path !== undefined || error.reason.startsWith(`${name}:`))
      throw error;
    throw new ExpressionError(`${name}: ${error.reason}`, undefined, { cause: error });
  }
}
