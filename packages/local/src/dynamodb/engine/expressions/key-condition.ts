import { validationError } from '../errors.ts';
import type { AttributeValue } from '../values/attribute-value.ts';
import { keyOrder } from '../values/order.ts';
import type { Comparator, Condition, Operand } from './ast.ts';
import type { Bindings } from './bindings.ts';
import type { BoundCondition } from './condition.ts';

/** What a query asks of one key attribute. */
export interface KeyTest {
  readonly attribute: string;
  readonly operator: Exclude<Comparator, '<>'> | 'BETWEEN' | 'begins_with';
  /** One, or two for BETWEEN. */
  readonly values: readonly AttributeValue[];
}

const swapped: Readonly<Record<string, KeyTest['operator']>> = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/**
 * Takes a key condition apart into its tests, at most one for each attribute.
 * @throws {DynamoDbError} something that a query cannot look up
 */
export function keyTests({ tree, bindings }: BoundCondition): ReadonlyMap<string, KeyTest> {
  const tests = new Map<string, KeyTest>();
  collect(tree, bindings, tests);
  return tests;
}

function collect(condition: Condition, bindings: Bindings, tests: Map<string, KeyTest>): void {
  if (condition.kind === 'and') {
    collect(condition.left, bindings, tests);
    collect(condition.right, bindings, tests);
    return;
  }
  const test = testOf(condition, bindings);
  if (tests.has(test.attribute)) {
    throw validationError('KeyConditionExpressions must only contain one condition per key');
  }
  tests.set(test.attribute, test);
}

function testOf(condition: Exclude<Condition, { kind: 'and' | 'or' }> | Condition, bindings: Bindings): KeyTest {
  switch (condition.kind) {
    case 'compare': {
      const { comparator, left, right } = condition;
      if (comparator === '<>') throw invalidOperator('<>');
      const [attribute, values] = parts([left, right], bindings);
      const operator = left.kind === 'path' ? comparator : swapped[comparator];
      return { attribute, values, operator: operator as KeyTest['operator'] };
    }
    case 'between': {
      requireFirst(condition.operand, 'BETWEEN');
      const [attribute, values] = parts([condition.operand, condition.low, condition.high], bindings);
      return { attribute, values, operator: 'BETWEEN' };
    }
    case 'test': {
      if (condition.name !== 'begins_with') throw invalidOperator(condition.name);
      requireFirst(condition.args[0], 'begins_with');
      const [attribute, values] = parts(condition.args, bindings);
      return { attribute, values, operator: 'begins_with' };
    }
    default:
      throw invalidOperator(condition.kind.toUpperCase());
  }
}

function parts(operands: readonly Operand[], bindings: Bindings): [attribute: string, values: AttributeValue[]] {
  let attribute: string | undefined;
  const values: AttributeValue[] = [];
  for (const operand of operands) {
    if (operand.kind === 'size') throw validationError('KeyConditionExpressions cannot contain nested operations');
    if (operand.kind === 'value') values.push(bindings.value(operand.name));
    else {
      if (attribute !== undefined) {
        throw validationError(
          'Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition',
        );
      }
      if (operand.path.length > 1) {
        throw validationError('KeyConditionExpressions cannot have conditions on nested attributes');
      }
      attribute = bindings.name(String(operand.path[0]));
    }
  }
  if (attribute === undefined) {
    throw validationError('Invalid condition in KeyConditionExpression: No key attribute specified');
  }
  return [attribute, values];
}

function requireFirst(operand: Operand | undefined, name: string): void {
  if (operand?.kind === 'path') return;
  throw validationError(
    `Invalid condition in KeyConditionExpression: ${name} operator must have the key attribute as its first operand`,
  );
}

const invalidOperator = (name: string) => validationError(`Invalid operator used in KeyConditionExpression: ${name}`);

/** Says where a sort key stands to what a test wants: below 0 before it, above 0 behind it, 0 in it. */
export function rangePosition({ operator, values }: KeyTest): (order: string) => number {
  const [low = '', high = ''] = values.map(keyOrder);
  switch (operator) {
    case '=':
      return (order) => (order < low ? -1 : order > low ? 1 : 0);
    case '<':
      return (order) => (order < low ? 0 : 1);
    case '<=':
      return (order) => (order <= low ? 0 : 1);
    case '>':
      return (order) => (order > low ? 0 : -1);
    case '>=':
      return (order) => (order >= low ? 0 : -1);
    case 'BETWEEN':
      return (order) => (order < low ? -1 : order > high ? 1 : 0);
    case 'begins_with':
      return (order) => (order.startsWith(low) ? 0 : order < low ? -1 : 1);
  }
}
