import { validationError } from '../errors.ts';
import {
  type AttributeType,
  type AttributeValue,
  copyItem,
  type Item,
  type MutableItem,
  typeOf,
} from '../values/attribute-value.ts';
import { addNumbers, subtractNumbers } from '../values/number.ts';
import type { Update, UpdateValue } from './ast.ts';
import { asValidationError, type Bindings, type Bound, type ResolvedPath } from './bindings.ts';
import { ExpressionError } from './lexer.ts';
import { parseUpdate } from './parse-update.ts';
import { checkDistinctPaths } from './paths.ts';

export interface BoundUpdate extends Bound<Update> {
  /** What it writes to, in the order of the expression's sections. */
  readonly paths: readonly ResolvedPath[];
}

/** Reads an update of a request. @throws {DynamoDbError} */
export function bindUpdate(source: unknown, bindings: Bindings): BoundUpdate {
  const parameter = 'UpdateExpression';
  const bound = bindings.bind(parameter, source, parseUpdate);
  const { set, remove, add, delete: deletions } = bound.tree;
  const paths = [
    ...set.map(({ path }) => path),
    ...remove,
    ...add.map(({ path }) => path),
    ...deletions.map(({ path }) => path),
  ].map((path) => bindings.resolve(path));
  try {
    checkDistinctPaths(paths);
    for (const { value } of add) checkOperand('ADD', value, ['N', 'NS', 'SS', 'BS'], bindings);
    for (const { value } of deletions) checkOperand('DELETE', value, ['NS', 'SS', 'BS'], bindings);
    for (const { value } of set) checkTypes(value, bindings);
  } catch (error) {
    throw asValidationError(parameter, error);
  }
  return { ...bound, paths };
}

const typeNames: Readonly<Partial<Record<AttributeType, string>>> = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  BOOL: 'BOOLEAN',
  NULL: 'NULL',
  L: 'LIST',
  M: 'MAP',
};

function checkOperand(operator: string, name: string, allowed: readonly AttributeType[], bindings: Bindings): void {
  const type = typeOf(bindings.value(name));
  if (allowed.includes(type)) return;
  throw new ExpressionError(
    `Incorrect operand type for operator or function; operator: ${operator}, operand type: ${typeNames[type] ?? type}, typeSet: ALLOWED_FOR_${operator}_OPERAND`,
  );
}

function checkTypes(value: UpdateValue, bindings: Bindings): void {
  switch (value.kind) {
    case 'add':
    case 'subtract':
      for (const operand of [value.left, value.right]) {
        requireType(operand, 'N', value.kind === 'add' ? '+' : '-', bindings);
        checkTypes(operand, bindings);
      }
      return;
    case 'list_append':
      for (const operand of [value.left, value.right]) {
        requireType(operand, 'L', 'list_append', bindings);
        checkTypes(operand, bindings);
      }
      return;
    case 'if_not_exists':
      checkTypes(value.otherwise, bindings);
  }
}

function requireType(operand: UpdateValue, wanted: AttributeType, name: string, bindings: Bindings): void {
  if (operand.kind === 'value') {
    const type = typeOf(bindings.value(operand.name));
    if (type === wanted) return;
    throw new ExpressionError(
      `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`,
    );
  }
}

const incorrectType = () => validationError('An operand in the update expression has an incorrect data type');

/**
 * Returns an item as an update leaves it; the item itself stays as it is. All operands are those of the item before.
 * @throws {DynamoDbError}
 */
export function applyUpdate({ tree, bindings }: BoundUpdate, item: Item): MutableItem {
  const updated = copyItem(item);
  const draft = new Draft(updated);
  const values = tree.set.map(({ path, value }) => {
    draft.checkParent(bindings.resolve(path));
    return evaluate(value, item, bindings);
  });
  for (const [at, { path }] of tree.set.entries()) draft.put(bindings.resolve(path), values[at] as AttributeValue);
  for (const { path, value } of tree.add) {
    const steps = bindings.resolve(path);
    const sum = added(bindings.find(path, item), bindings.value(value));
    draft.put(steps, sum);
  }
  for (const { path, value } of tree.delete) {
    const existing = bindings.find(path, item);
    const steps = bindings.resolve(path);
    if (existing === undefined) {
      draft.checkParent(steps);
      continue;
    }
    const left = without(existing, bindings.value(value));
    if (left === undefined) draft.remove(steps);
    else draft.put(steps, left);
  }
  for (const path of tree.remove) draft.remove(bindings.resolve(path));
  draft.finish();
  return updated;
}

function evaluate(value: UpdateValue, item: Item, bindings: Bindings): AttributeValue {
  switch (value.kind) {
    case 'value':
      return bindings.value(value.name);
    case 'path': {
      const found = bindings.find(value.path, item);
      if (found !== undefined) return found;
      throw validationError('The provided expression refers to an attribute that does not exist in the item');
    }
    case 'if_not_exists':
      return bindings.find(value.path, item) ?? evaluate(value.otherwise, item, bindings);
    case 'list_append': {
      const [left, right] = [evaluate(value.left, item, bindings), evaluate(value.right, item, bindings)];
      if (left.L === undefined || right.L === undefined) throw incorrectType();
      return { L: [...left.L, ...right.L] };
    }
    default: {
      const [left, right] = [evaluate(value.left, item, bindings), evaluate(value.right, item, bindings)];
      if (left.N === undefined || right.N === undefined) throw incorrectType();
      return { N: value.kind === 'add' ? addNumbers(left.N, right.N) : subtractNumbers(left.N, right.N) };
    }
  }
}

function added(existing: AttributeValue | undefined, operand: AttributeValue): AttributeValue {
  if (existing === undefined) return operand;
  const type = typeOf(operand);
  if (typeOf(existing) !== type) throw incorrectType();
  if (type === 'N') return { N: addNumbers(String(existing.N), String(operand.N)) };
  return { [type]: [...new Set([...members(existing), ...members(operand)])] };
}

/** @returns undefined: nothing is left of the set */
function without(existing: AttributeValue, operand: AttributeValue): AttributeValue | undefined {
  const type = typeOf(operand);
  if (typeOf(existing) !== type) throw incorrectType();
  const gone = new Set(members(operand));
  const left = members(existing).filter((member) => !gone.has(member));
  return left.length === 0 ? undefined : { [type]: left };
}

const members = ({ SS, NS, BS }: AttributeValue): readonly string[] => SS ?? NS ?? BS ?? [];

/** A document that is being changed: lists and maps on the way to a change are copied once, and lists close up at the end. */
class Draft {
  readonly #item: MutableItem;
  /** Copies that this made, which it may therefore change. */
  readonly #own = new Set<object>();
  /** Lists with holes, and what goes behind their ends: by the positions that were named, which may be far away. */
  readonly #loose = new Map<(AttributeValue | undefined)[], Map<number, AttributeValue>>();

  constructor(item: MutableItem) {
    this.#item = item;
  }

  put(path: ResolvedPath, value: AttributeValue): void {
    const { map, list } = this.#parent(path);
    const last = path.at(-1);
    if (map) map[String(last)] = value;
    else if (list) {
      if (Number(last) < list.length) list[Number(last)] = value;
      else this.#loosen(list).set(Number(last), value);
    }
  }

  remove(path: ResolvedPath): void {
    const { map, list } = this.#parent(path);
    const last = path.at(-1);
    if (map) delete map[String(last)];
    else if (list && Number(last) < list.length) {
      list[Number(last)] = undefined;
      this.#loosen(list);
    }
  }

  checkParent(path: ResolvedPath): void {
    this.#parent(path);
  }

  finish(): void {
    for (const [list, behind] of this.#loose) {
      const members = list.filter((member) => member !== undefined);
      const more = [...behind].sort(([a], [b]) => a - b).map(([, value]) => value);
      list.length = 0;
      for (const member of [...members, ...more]) list.push(member);
    }
  }

  #loosen(list: (AttributeValue | undefined)[]): Map<number, AttributeValue> {
    const behind = this.#loose.get(list) ?? new Map<number, AttributeValue>();
    this.#loose.set(list, behind);
    return behind;
  }

  #parent(path: ResolvedPath): { map?: MutableItem; list?: (AttributeValue | undefined)[] } {
    let map: MutableItem | undefined = this.#item;
    let list: (AttributeValue | undefined)[] | undefined;
    for (const [at, step] of path.slice(0, -1).entries()) {
      const value: AttributeValue | undefined = typeof step === 'number' ? list?.[step] : map?.[step];
      const wantsList = typeof path[at + 1] === 'number';
      if (value === undefined || (wantsList ? value.L : value.M) === undefined) throw invalidPath();
      const copy = this.#owned(value);
      if (typeof step === 'number' && list) list[step] = copy;
      else if (map) map[String(step)] = copy;
      map = copy.M;
      list = copy.L as AttributeValue[] | undefined;
    }
    return { ...(map && { map }), ...(list && { list }) };
  }

  #owned(value: AttributeValue): AttributeValue {
    if (this.#own.has(value)) return value;
    const copy: AttributeValue = value.M ? { M: copyItem(value.M) } : { L: [...(value.L ?? [])] };
    this.#own.add(copy);
    return copy;
  }
}

const invalidPath = () => validationError('The document path provided in the update expression is invalid for update');
