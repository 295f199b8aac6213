import { type AttributeType, type AttributeValue, type Item, typeOf } from '../values/attribute-value.ts';
import { compareValues, isEqual } from '../values/order.ts';
import { valueSize } from '../values/size.ts';
import type { Condition, Operand } from './ast.ts';
import { asValidationError, type Bindings, type Bound } from './bindings.ts';
import { ExpressionError } from './lexer.ts';
import { parseCondition } from './parse-condition.ts';

export type BoundCondition = Bound<Condition>;

/** Reads a condition of a request. @throws {DynamoDbError} it cannot be read, or its values are of the wrong types */
export function bindCondition(parameter: string, source: unknown, bindings: Bindings): BoundCondition {
  const bound = bindings.bind(parameter, source, parseCondition);
  try {
    checkTypes(bound.tree, bindings);
  } catch (error) {
    throw asValidationError(parameter, error);
  }
  return bound;
}

/** Returns whether an item, `{}` if there is none, satisfies a condition. */
export function isSatisfied({ tree, bindings }: BoundCondition, item: Item): boolean {
  return evaluate(tree, item, bindings);
}

function evaluate(condition: Condition, item: Item, bindings: Bindings): boolean {
  switch (condition.kind) {
    case 'and':
      return evaluate(condition.left, item, bindings) && evaluate(condition.right, item, bindings);
    case 'or':
      return evaluate(condition.left, item, bindings) || evaluate(condition.right, item, bindings);
    case 'not':
      return !evaluate(condition.condition, item, bindings);
    case 'compare':
      return compare(
        condition.comparator,
        resolve(condition.left, item, bindings),
        resolve(condition.right, item, bindings),
      );
    case 'between': {
      const [value, low, high] = [condition.operand, condition.low, condition.high].map((operand) =>
        resolve(operand, item, bindings),
      );
      return compare('>=', value, low) && compare('<=', value, high);
    }
    case 'in': {
      const value = resolve(condition.operand, item, bindings);
      return condition.among.some((operand) => compare('=', value, resolve(operand, item, bindings)));
    }
    case 'test': {
      const [first, second] = condition.args.map((operand) => resolve(operand, item, bindings));
      return tests[condition.name](first, second);
    }
  }
}

function resolve(operand: Operand, item: Item, bindings: Bindings): AttributeValue | undefined {
  switch (operand.kind) {
    case 'path':
      return bindings.find(operand.path, item);
    case 'value':
      return bindings.value(operand.name);
    case 'size': {
      const of = resolve(operand.of, item, bindings);
      const size = of && sizeOf(of);
      return size === undefined ? undefined : { N: String(size) };
    }
  }
}

/** Returns what `size` says of a value: characters, bytes or members. */
function sizeOf(value: AttributeValue): number | undefined {
  if (value.S !== undefined) return value.S.length;
  if (value.B !== undefined) return valueSize(value);
  const members = value.SS ?? value.NS ?? value.BS ?? value.L;
  if (members !== undefined) return members.length;
  return value.M === undefined ? undefined : Object.keys(value.M).length;
}

function compare(comparator: string, a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  if (comparator === '<>') return a === undefined || b === undefined ? a !== b : !isEqual(a, b);
  if (a === undefined || b === undefined) return false;
  if (comparator === '=') return isEqual(a, b);
  const order = compareValues(a, b);
  if (order === undefined) return false;
  switch (comparator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}

const tests = {
  attribute_exists: (value?: AttributeValue) => value !== undefined,
  attribute_not_exists: (value?: AttributeValue) => value === undefined,
  attribute_type: (value?: AttributeValue, type?: AttributeValue) => value !== undefined && typeOf(value) === type?.S,
  begins_with: (value?: AttributeValue, prefix?: AttributeValue) => {
    if (value?.S !== undefined && prefix?.S !== undefined) return value.S.startsWith(prefix.S);
    if (value?.B === undefined || prefix?.B === undefined) return false;
    return bytes(value.B).startsWith(bytes(prefix.B));
  },
  contains: (value?: AttributeValue, part?: AttributeValue) => {
    if (value === undefined || part === undefined) return false;
    if (value.S !== undefined) return part.S !== undefined && value.S.includes(part.S);
    if (value.B !== undefined) return part.B !== undefined && bytes(value.B).includes(bytes(part.B));
    if (value.L !== undefined) return value.L.some((member) => isEqual(member, part));
    if (value.SS !== undefined) return part.S !== undefined && value.SS.includes(part.S);
    if (value.NS !== undefined) return part.N !== undefined && value.NS.includes(part.N);
    return value.BS !== undefined && part.B !== undefined && value.BS.includes(part.B);
  },
};

const bytes = (base64: string): string => Buffer.from(base64, 'base64').toString('latin1');

const types: readonly string[] = ['S', 'N', 'B', 'SS', 'NS', 'BS', 'BOOL', 'NULL', 'L', 'M'] satisfies AttributeType[];
const ordered: readonly AttributeType[] = ['S', 'N', 'B'];

/** Checks what can be known of an expression without an item: the types of its values. */
function checkTypes(condition: Condition, bindings: Bindings): void {
  const typeOfOperand = (operand: Operand | undefined): AttributeType | undefined =>
    operand?.kind === 'value' ? typeOf(bindings.value(operand.name)) : undefined;
  const checkSize = (operand: Operand): void => {
    if (operand.kind !== 'size') return;
    const type = typeOfOperand(operand.of);
    if (type !== undefined && ['N', 'BOOL', 'NULL'].includes(type)) throw wrongType('size', type);
  };
  switch (condition.kind) {
    case 'and':
    case 'or':
      checkTypes(condition.left, bindings);
      checkTypes(condition.right, bindings);
      return;
    case 'not':
      checkTypes(condition.condition, bindings);
      return;
    case 'compare':
      checkDistinct(condition, bindings);
      for (const operand of [condition.left, condition.right]) {
        checkSize(operand);
        const type = typeOfOperand(operand);
        const isOrdered = type === undefined || ordered.includes(type);
        if (!isOrdered && condition.comparator !== '=' && condition.comparator !== '<>') {
          throw wrongType(condition.comparator, type);
        }
      }
      return;
    case 'between': {
      for (const operand of [condition.operand, condition.low, condition.high]) {
        checkSize(operand);
        const type = typeOfOperand(operand);
        if (type !== undefined && !ordered.includes(type)) throw wrongType('BETWEEN', type);
      }
      checkBounds(condition.low, condition.high, bindings);
      return;
    }
    case 'in':
      for (const operand of [condition.operand, ...condition.among]) checkSize(operand);
      return;
    case 'test': {
      for (const operand of condition.args) checkSize(operand);
      const [first, second] = condition.args.map(typeOfOperand);
      if (condition.name === 'attribute_type') checkTypeName(condition.args[1], bindings);
      if (condition.name === 'begins_with') {
        for (const type of [first, second]) {
          if (type !== undefined && type !== 'S' && type !== 'B') throw wrongType('begins_with', type);
        }
      }
    }
  }
}

function checkBounds(low: Operand, high: Operand, bindings: Bindings): void {
  if (low.kind !== 'value' || high.kind !== 'value') return;
  const [least, most] = [bindings.value(low.name), bindings.value(high.name)];
  const bounds = () =>
    `lower bound operand: AttributeValue: ${shown(least)}, upper bound operand: AttributeValue: ${shown(most)}`;
  if (typeOf(least) !== typeOf(most)) {
    throw new ExpressionError(`The BETWEEN operator requires same data type for lower and upper bounds; ${bounds()}`);
  }
  if ((compareValues(least, most) ?? 0) > 0) {
    throw new ExpressionError(
      `The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${bounds()}`,
    );
  }
}

function checkTypeName(operand: Operand | undefined, bindings: Bindings): void {
  if (operand?.kind !== 'value') {
    // The name of a type is no attribute of an item.
    throw new ExpressionError(
      'Incorrect operand type for operator or function; operator or function: attribute_type, operand type: {S,SS,N,NS,B,BS,BOOL,NULL,L,M}',
    );
  }
  const value = bindings.value(operand.name);
  if (value.S === undefined) throw wrongType('attribute_type', typeOf(value));
  if (!types.includes(value.S)) {
    throw new ExpressionError(
      `Invalid attribute type name found; type: ${value.S}, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`,
    );
  }
}

const shown = (value: AttributeValue): string => {
  const type = typeOf(value);
  return `{${type}:${String(value[type])}}`;
};

function wrongType(name: string, type: AttributeType): ExpressionError {
  return new ExpressionError(
    `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`,
  );
}

function checkDistinct({ comparator, left, right }: Extract<Condition, { kind: 'compare' }>, bindings: Bindings): void {
  if (left.kind !== 'path' || right.kind !== 'path') return;
  const [first, second] = [bindings.resolve(left.path), bindings.resolve(right.path)];
  if (JSON.stringify(first) !== JSON.stringify(second)) return;
  const shown = first.map((step) => (typeof step === 'number' ? `[${step}]` : step)).join(', ');
  throw new ExpressionError(
    'The first operand must be distinct from the remaining operands for this operator or function; ' +
      `operator: ${comparator}, first operand: [${shown}]`,
  );
}
