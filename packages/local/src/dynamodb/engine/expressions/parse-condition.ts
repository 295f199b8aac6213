import type { Comparator, Condition, Operand, Parsed, TestName } from './ast.ts';
import { ExpressionError } from './lexer.ts';
import { Reader } from './reader.ts';

const comparators: readonly string[] = ['=', '<>', '<', '<=', '>', '>='] satisfies Comparator[];
/** How many operands each takes. */
const functions: Readonly<Record<TestName | 'size', number>> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
  size: 1,
};
/** In the expression of a condition, filter or key condition. @see "Expressions", quotas, DynamoDB Developer Guide */
const MAX_IN_OPERANDS = 100;

/**
 * Parses a condition, filter or key condition, by recursive descent: OR binds weaker than AND, AND weaker than NOT.
 * @throws {ExpressionError}
 * @see "Condition and filter expressions, operators, and functions", DynamoDB Developer Guide
 */
export function parseCondition(source: string): Parsed<Condition> {
  const reader = new Reader(source);
  const tree = parseOr(reader);
  reader.end();
  return { tree, names: [...reader.names], values: [...reader.values] };
}

function parseOr(reader: Reader): Condition {
  let left = parseAnd(reader);
  while (skipOperator(reader, 'OR')) left = { kind: 'or', left, right: parseAnd(reader) };
  return left;
}

function parseAnd(reader: Reader): Condition {
  let left = parseNot(reader);
  while (skipOperator(reader, 'AND')) left = { kind: 'and', left, right: parseNot(reader) };
  return left;
}

function parseNot(reader: Reader): Condition {
  return skipOperator(reader, 'NOT') ? { kind: 'not', condition: parseNot(reader) } : parsePrimary(reader);
}

function skipOperator(reader: Reader, name: string): boolean {
  const isThere = reader.skip(name);
  if (isThere) reader.countOperator();
  return isThere;
}

function parsePrimary(reader: Reader): Condition {
  if (reader.isSymbol('(')) {
    const isDouble = reader.peek(1)?.kind === 'symbol' && reader.peek(1)?.text === '(';
    reader.take();
    const inner = parseOr(reader);
    const closesBoth = isDouble && inner === redundant.get(reader);
    if (closesBoth) reader.complain('The expression has redundant parentheses;');
    reader.expect(')');
    redundant.set(reader, inner);
    return inner;
  }
  const name = reader.next.text;
  if (isCall(reader) && name !== 'size') return parseTest(reader, name);
  return parseComparison(reader);
}

/** What stood in the last pair of parentheses: if that is all there is in another pair, this one is redundant. */
const redundant = new WeakMap<Reader, Condition>();

const isCall = (reader: Reader): boolean =>
  reader.next.kind === 'identifier' && reader.peek(1)?.kind === 'symbol' && reader.peek(1)?.text === '(';

function parseTest(reader: Reader, name: string): Condition {
  reader.take();
  reader.countOperator();
  const args = parseArguments(reader);
  if (!isTestName(name)) {
    // Not known at all; `size` does not come here.
    reader.complain(`Invalid function name; function: ${name}`);
    return { kind: 'test', name: 'attribute_exists', args };
  }
  checkCount(reader, name, args);
  const [first] = args;
  if (name.startsWith('attribute_') && first && first.kind !== 'path') {
    reader.complain(`Operator or function requires a document path; operator or function: ${name}`);
  }
  if (name.startsWith('attribute_') && args.some(({ kind }) => kind === 'size')) misused(reader, 'size');
  return { kind: 'test', name, args };
}

const isTestName = (name: string): name is TestName => Object.hasOwn(functions, name) && name !== 'size';

function parseComparison(reader: Reader): Condition {
  const operand = parseOperand(reader);
  if (skipOperator(reader, 'BETWEEN')) {
    const low = parseOperand(reader);
    reader.expect('AND');
    return { kind: 'between', operand, low, high: parseOperand(reader) };
  }
  if (skipOperator(reader, 'IN')) {
    const among = parseArguments(reader);
    if (among.length > MAX_IN_OPERANDS) {
      throw new ExpressionError(
        `Too many operands for operator or function; operator or function: IN, number of operands: ${among.length + 1}`,
      );
    }
    return { kind: 'in', operand, among };
  }
  const { kind, text } = reader.next;
  if (kind !== 'symbol' || !comparators.includes(text)) throw reader.unexpected();
  reader.take();
  reader.countOperator();
  return {
    kind: 'compare',
    comparator: text as Comparator,
    left: operand,
    right: parseOperand(reader),
  };
}

function parseOperand(reader: Reader): Operand {
  if (reader.next.kind === 'value') return { kind: 'value', name: reader.value() };
  if (reader.isSymbol('(')) {
    // An operand may stand in parentheses.
    reader.take();
    const operand = parseOperand(reader);
    reader.expect(')');
    return operand;
  }
  if (!isCall(reader)) return { kind: 'path', path: reader.path() };
  const name = reader.take().text;
  reader.countOperator();
  const args = parseArguments(reader);
  const [of] = args;
  if (name !== 'size') {
    if (isTestName(name)) misused(reader, name);
    else reader.complain(`Invalid function name; function: ${name}`);
  } else {
    checkCount(reader, 'size', args);
    if (of?.kind === 'size') misused(reader, 'size');
  }
  return { kind: 'size', of: of ?? { kind: 'path', path: [] } };
}

function parseArguments(reader: Reader): Operand[] {
  reader.expect('(');
  const args = [parseOperand(reader)];
  while (reader.skip(',')) args.push(parseOperand(reader));
  reader.expect(')');
  return args;
}

function checkCount(reader: Reader, name: TestName | 'size', args: readonly Operand[]): void {
  if (args.length === functions[name]) return;
  reader.complain(
    'Incorrect number of operands for operator or function; ' +
      `operator or function: ${name}, number of operands: ${args.length}`,
  );
}

function misused(reader: Reader, name: string): void {
  reader.complain(`The function is not allowed to be used this way in an expression; function: ${name}`);
}
