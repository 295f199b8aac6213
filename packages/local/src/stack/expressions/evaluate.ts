import { ExpressionError } from '../errors.ts';
import { type BinaryOperator, type Expression, SPLAT_ELEMENT } from './ast.ts';
import { callFunction } from './functions.ts';
import { isEqual, isPlainObject, LazyObject, toBoolean, toList, toNumber, toText, typeName } from './values.ts';

/** What the names of an expression mean. */
export interface Scope {
  /** The value of a root name: `var`, `local`, `aws_lambda_function`, … @throws {ExpressionError} unknown */
  lookUp(name: string): unknown;
  /** Relative file names (`filebase64sha256`) start here. */
  readonly folder: string;
}

/** Evaluates an expression. @throws {ExpressionError} without a path, unless it arose inside another attribute */
export function evaluate(expression: Expression, scope: Scope): unknown {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'template': {
      const [only] = expression.parts;
      if (only !== undefined && expression.parts.length === 1) return evaluate(only, scope);
      return expression.parts.map((part) => toText(evaluate(part, scope))).join('');
    }
    case 'name':
      return scope.lookUp(expression.name);
    case 'index':
      return member(evaluate(expression.object, scope), evaluate(expression.key, scope));
    case 'splat': {
      const list = evaluate(expression.list, scope);
      // A splat on a single value is a list of one, on null an empty one.
      const items = Array.isArray(list) ? list : list === null || list === undefined ? [] : [list];
      return items.map((item) => evaluate(expression.body, withNames(scope, { [SPLAT_ELEMENT]: item })));
    }
    case 'unary': {
      const operand = evaluate(expression.operand, scope);
      return expression.operator === '!' ? !toBoolean(operand) : -toNumber(operand);
    }
    case 'binary':
      return binary(expression.operator, expression.left, expression.right, scope);
    case 'conditional':
      return evaluate(toBoolean(evaluate(expression.test, scope)) ? expression.whenTrue : expression.whenFalse, scope);
    case 'list':
      return expression.items.map((item) => evaluate(item, scope));
    case 'object':
      return Object.fromEntries(
        expression.entries.map(({ key, value }) => [toText(evaluate(key, scope)), evaluate(value, scope)]),
      );
    case 'call':
      return call(expression, scope);
    case 'for':
      return forEach(expression, scope);
  }
}

function member(object: unknown, key: unknown): unknown {
  if (object instanceof LazyObject) return object.get(toText(key));
  if (Array.isArray(object)) {
    const index = toNumber(key);
    if (!(index in object)) throw new ExpressionError(`index ${index} is outside a list of ${object.length}`);
    return object[index];
  }
  if (isPlainObject(object)) {
    const name = toText(key);
    if (!Object.hasOwn(object, name)) throw new ExpressionError(`there is no attribute ${JSON.stringify(name)}`);
    return object[name];
  }
  throw new ExpressionError(`${typeName(object)} has no attribute ${JSON.stringify(key)}`);
}

const arithmetic: Readonly<Partial<Record<BinaryOperator, (left: number, right: number) => number | boolean>>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

function binary(operator: BinaryOperator, left: Expression, right: Expression, scope: Scope): unknown {
  const first = evaluate(left, scope);
  // Terraform's own short cut (since 1.12): the right side may be wrong when the left one decides.
  if (operator === '&&') return toBoolean(first) && toBoolean(evaluate(right, scope));
  if (operator === '||') return toBoolean(first) || toBoolean(evaluate(right, scope));
  const second = evaluate(right, scope);
  if (operator === '==') return isEqual(first, second);
  if (operator === '!=') return !isEqual(first, second);
  const compute = arithmetic[operator];
  if (operator === '/' && toNumber(second) === 0) throw new ExpressionError('division by zero');
  return compute?.(toNumber(first), toNumber(second));
}

/** `can` and `try` see their arguments fail; every other function gets values. */
function call(expression: Expression & { kind: 'call' }, scope: Scope): unknown {
  const { name, args, spread } = expression;
  if (name === 'can' || name === 'try') {
    for (const arg of args) {
      try {
        const value = evaluate(arg, scope);
        return name === 'can' ? true : value;
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
      }
    }
    if (name === 'can') return false;
    throw new ExpressionError('try: no argument could be evaluated');
  }
  const values = args.map((arg) => evaluate(arg, scope));
  const last = spread ? toList(values.pop()) : [];
  return callFunction(name, [...values, ...last], scope.folder);
}

function forEach(expression: Expression & { kind: 'for' }, scope: Scope): unknown {
  const source = evaluate(expression.list, scope);
  const pairs: [unknown, unknown][] = Array.isArray(source)
    ? source.map((item, index) => [index, item])
    : isPlainObject(source)
      ? Object.entries(source)
      : toList(source).map((item, index) => [index, item]);
  const [first = '', second] = expression.names;
  const results: [unknown, unknown][] = [];
  for (const [key, item] of pairs) {
    const inner = withNames(scope, second === undefined ? { [first]: item } : { [first]: key, [second]: item });
    if (expression.test && !toBoolean(evaluate(expression.test, inner))) continue;
    results.push([expression.key && evaluate(expression.key, inner), evaluate(expression.value, inner)]);
  }
  if (!expression.key) return results.map(([, value]) => value);
  return Object.fromEntries(results.map(([key, value]) => [toText(key), value]));
}

/** The scope with further root names, which hide the outer ones. */
export function withNames(scope: Scope, names: Readonly<Record<string, unknown>>): Scope {
  return {
    folder: scope.folder,
    lookUp: (name) => (Object.hasOwn(names, name) ? names[name] : scope.lookUp(name)),
  };
}
