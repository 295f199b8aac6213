type Test = (value: unknown) => boolean;

/** A checked event pattern. */
export interface Pattern {
  readonly fields: ReadonlyMap<string, Pattern | readonly Test[]>;
  /** One of each has to match. */
  readonly alternatives: readonly Pattern[];
}

/**
 * Parses an event pattern.
 * @throws {TypeError} one line: what is wrong in it
 * @see "Filter rule syntax", AWS Lambda Developer Guide; "Creating event patterns", EventBridge User Guide
 */
export function parsePattern(json: unknown, path = 'the pattern'): Pattern {
  if (!isObject(json) || Object.keys(json).length === 0) {
    throw new TypeError(`${path} must be an object with at least one field`);
  }
  const fields = new Map<string, Pattern | readonly Test[]>();
  let alternatives: readonly Pattern[] = [];
  for (const [name, part] of Object.entries(json)) {
    const at = path === 'the pattern' ? name : `${path}.${name}`;
    if (name === '$or' && Array.isArray(part) && part.length > 1 && part.every(isObject)) {
      alternatives = part.map((each, index) => parsePattern(each, `${at}[${index}]`));
    } else if (Array.isArray(part)) {
      if (part.length === 0) throw new TypeError(`${at} is an empty list: name at least one value`);
      fields.set(
        name,
        part.map((each) => parseTest(each, at)),
      );
    } else if (isObject(part)) fields.set(name, parsePattern(part, at));
    else throw new TypeError(`${at} must be a list of values or an object, not ${JSON.stringify(part)}`);
  }
  return { fields, alternatives };
}

/** Returns whether an event has what a pattern asks for. */
export function matchesPattern({ fields, alternatives }: Pattern, value: unknown): boolean {
  for (const [name, wanted] of fields) {
    const field = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    if (isTests(wanted)) {
      // Of a list one element is enough.
      const candidates = Array.isArray(field) && field.length > 0 ? field : [field];
      if (!candidates.some((each) => wanted.some((test) => test(each)))) return false;
    } else if (!matchesPattern(wanted, field)) return false;
  }
  return alternatives.length === 0 || alternatives.some((each) => matchesPattern(each, value));
}

const isTests = (wanted: Pattern | readonly Test[]): wanted is readonly Test[] => Array.isArray(wanted);

function parseTest(wanted: unknown, at: string): Test {
  if (!isObject(wanted)) {
    if (typeof wanted === 'object' && wanted !== null) throw new TypeError(`${at} has a list within a list`);
    return (value) => value === wanted;
  }
  const [operator, ...others] = Object.keys(wanted);
  const operand = operator === undefined ? undefined : wanted[operator];
  if (operator === undefined || others.length > 0)
    throw new TypeError(`${at} must have one operator for each condition`);
  switch (operator) {
    case 'exists':
      if (typeof operand !== 'boolean') break;
      // Leaves only: an object in between is none.
      return (value) => (value !== undefined && !isObject(value)) === operand;
    case 'prefix':
    case 'suffix':
      if (typeof operand !== 'string') break;
      return (value) =>
        typeof value === 'string' && (operator === 'prefix' ? value.startsWith(operand) : value.endsWith(operand));
    case 'equals-ignore-case':
      if (typeof operand !== 'string') break;
      return (value) => typeof value === 'string' && value.toLowerCase() === operand.toLowerCase();
    case 'numeric':
      return parseNumeric(operand, at);
    case 'anything-but': {
      const excluded = [operand].flat().map((each) => parseTest(each, at));
      if (excluded.length === 0) break;
      return (value) => value !== undefined && !isObject(value) && !excluded.some((test) => test(value));
    }
    default:
      throw new TypeError(
        `${at} has the operator ${operator}, and only exists, prefix, suffix, equals-ignore-case, numeric and anything-but can be run here`,
      );
  }
  throw new TypeError(`${at}: ${operator} cannot be ${JSON.stringify(operand)}`);
}

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function parseNumeric(operand: unknown, at: string): Test {
  const parts = Array.isArray(operand) ? operand : [];
  const tests: ((value: number) => boolean)[] = [];
  for (let index = 0; index < parts.length; index += 2) {
    const compare = comparisons[String(parts[index])];
    const bound: unknown = parts[index + 1];
    if (!compare || typeof bound !== 'number') break;
    tests.push((value) => compare(value, bound));
  }
  if (tests.length === 0 || tests.length * 2 !== parts.length) {
    throw new TypeError(`${at}: numeric must be like [">", 0, "<=", 5], not ${JSON.stringify(operand)}`);
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
