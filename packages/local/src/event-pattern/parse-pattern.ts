import { parseEntry } from './operators.ts';
import { EventPatternError, type FieldTests, type Pattern, type Scalar, type ValueTest } from './pattern.ts';

/** More than these cannot be created. @see "Or matching", EventBridge User Guide, comparison operators */
const MAX_COMBINATIONS = 1000;
const OPERATORS: ReadonlySet<string> = new Set([
  'prefix',
  'suffix',
  'equals-ignore-case',
  'wildcard',
  'anything-but',
  'numeric',
  'cidr',
  'exists',
]);

/**
 * Parses an event pattern: of an EventBridge rule, or of an event source mapping's filter criteria. `{}` matches
 * everything, as in filter criteria; EventBridge wants at least one field.
 * @param json the parsed JSON
 * @throws {EventPatternError} it is none; one line that says where and why
 */
export function parsePattern(json: unknown): Pattern {
  if (!isObject(json)) throw new EventPatternError('an event pattern is a JSON object');
  const combinations = { count: 1 };
  const pattern = parseObject(json, '', combinations);
  if (combinations.count > MAX_COMBINATIONS) {
    throw new EventPatternError(
      `the entries of its $or arrays make ${combinations.count} combinations, and ${MAX_COMBINATIONS} are allowed`,
    );
  }
  return pattern;
}

function parseObject(json: Record<string, unknown>, path: string, combinations: { count: number }): Pattern {
  const fields = new Map<string, FieldTests | Pattern>();
  const alternatives: Pattern[][] = [];
  for (const [name, value] of Object.entries(json)) {
    const at = path === '' ? name : `${path}.${name}`;
    if (name === '$or' && isAlternatives(value)) {
      combinations.count *= value.length;
      alternatives.push(value.map((alternative) => parseObject(alternative, at, combinations)));
    } else if (Array.isArray(value)) {
      fields.set(name, parseList(value, at));
    } else if (isObject(value)) {
      if (Object.keys(value).length === 0) throw new EventPatternError(`${at}: an empty object is not allowed`);
      fields.set(name, parseObject(value, at, combinations));
    } else {
      throw new EventPatternError(`${at}: ${JSON.stringify(value)} has to be in an array, or be an object`);
    }
  }
  return { fields, alternatives };
}

/** With one entry, or operators in it, `$or` is a field like any other. @see README of aws/event-ruler, "Or matching" */
const isAlternatives = (value: unknown): value is Record<string, unknown>[] =>
  Array.isArray(value) &&
  value.length > 1 &&
  value.every((entry) => isObject(entry) && Object.keys(entry).some((key) => !OPERATORS.has(key)));

function parseList(list: readonly unknown[], path: string): FieldTests {
  if (list.length === 0) throw new EventPatternError(`${path}: an empty array is not allowed`);
  const tests: ValueTest[] = [];
  let acceptsAbsent = false;
  for (const entry of list) {
    if (Array.isArray(entry)) throw new EventPatternError(`${path}: an array in an array is not allowed`);
    if (!isObject(entry)) {
      tests.push((value) => value === (entry as Scalar));
      continue;
    }
    const [[operator, operand] = [], ...more] = Object.entries(entry);
    if (operator === undefined || more.length > 0) {
      throw new EventPatternError(`${path}: ${JSON.stringify(entry)} has to have exactly one operator`);
    }
    if (operator === 'exists') {
      if (typeof operand !== 'boolean') throw new EventPatternError(`${path}: exists takes true or false`);
      if (operand) tests.push(() => true);
      else acceptsAbsent = true;
    } else {
      tests.push(parseEntry(operator, operand, path));
    }
  }
  return { tests, acceptsAbsent };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
