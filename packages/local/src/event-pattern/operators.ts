import { parseCidr } from './cidr.ts';
import { parseNumeric } from './numeric.ts';
import { EventPatternError, type Scalar, type ValueTest } from './pattern.ts';
import { parseWildcard } from './wildcard.ts';

/** Parses an operator that looks at a value, e.g. `{"prefix": "us-"}`. @throws {EventPatternError} */
export function parseEntry(operator: string, operand: unknown, path: string): ValueTest {
  switch (operator) {
    case 'numeric':
      return parseNumeric(operand, path);
    case 'cidr':
      return parseCidr(operand, path);
    case 'anything-but':
      return parseAnythingBut(operand, path);
    default:
      return parseTextOperator(operator, operand, path);
  }
}

function parseTextOperator(operator: string, operand: unknown, path: string): ValueTest {
  const at = `${path}: ${operator}`;
  switch (operator) {
    case 'prefix':
      return affix(operand, at, (value, text) => value.startsWith(text));
    case 'suffix':
      return affix(operand, at, (value, text) => value.endsWith(text));
    case 'equals-ignore-case': {
      const expected = textOf(operand, at).toLowerCase();
      return ofText((value) => value.toLowerCase() === expected);
    }
    case 'wildcard':
      return ofText(parseWildcard(textOf(operand, at), at));
    default:
      throw new EventPatternError(`${path}: there is no operator ${JSON.stringify(operator)}`);
  }
}

/** `"us-"`, or `{"equals-ignore-case": "us-"}`. */
function affix(operand: unknown, at: string, has: (value: string, text: string) => boolean): ValueTest {
  if (typeof operand !== 'object' || operand === null) {
    const text = nonEmpty(operand, at);
    return ofText((value) => has(value, text));
  }
  const [[key, nested] = [], ...more] = Object.entries(operand);
  if (key !== 'equals-ignore-case' || more.length > 0) {
    throw new EventPatternError(`${at} takes a string, or {"equals-ignore-case": "…"}`);
  }
  const text = nonEmpty(nested, at).toLowerCase();
  return ofText((value) => has(value.toLowerCase(), text));
}

/** Any value, whatever its type, that the operand does not name: but there has to be one. */
function parseAnythingBut(operand: unknown, path: string): ValueTest {
  const at = `${path}: anything-but`;
  if (typeof operand === 'object' && operand !== null && !Array.isArray(operand)) {
    const [[operator, nested] = [], ...more] = Object.entries(operand);
    if (operator === undefined || more.length > 0) {
      throw new EventPatternError(`${at} takes exactly one operator`);
    }
    const operands = listOf(nested, `${at} ${operator}`);
    const tests = operands.map((one) => parseTextOperator(operator, one, at));
    return (value) => !tests.some((test) => test(value));
  }
  const excluded = listOf(operand, at);
  const [first] = excluded;
  if (!excluded.every((one) => typeof one === typeof first && (typeof one === 'string' || typeof one === 'number'))) {
    throw new EventPatternError(`${at} takes strings only, or numbers only`);
  }
  const values = new Set(excluded as Scalar[]);
  return (value) => !values.has(value);
}

function listOf(operand: unknown, at: string): unknown[] {
  if (!Array.isArray(operand)) return [operand];
  if (operand.length === 0) throw new EventPatternError(`${at}: an empty array is not allowed`);
  return operand;
}

const ofText =
  (test: (value: string) => boolean): ValueTest =>
  (value) =>
    typeof value === 'string' && test(value);

function textOf(operand: unknown, at: string): string {
  if (typeof operand !== 'string') throw new EventPatternError(`${at} takes a string, not ${JSON.stringify(operand)}`);
  return operand;
}

function nonEmpty(operand: unknown, at: string): string {
  const text = textOf(operand, at);
  if (text === '') throw new EventPatternError(`${at} takes a string that is not empty`);
  return text;
}
