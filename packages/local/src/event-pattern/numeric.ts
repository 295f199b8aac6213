import { EventPatternError, type ValueTest } from './pattern.ts';

/** @see "Numeric matching", EventBridge User Guide */
const MAX_MAGNITUDE = 5e9;

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
};

/** Parses `[">", 0, "<=", 5]`: a comparison, or a lower and then an upper bound. @throws {EventPatternError} */
export function parseNumeric(operand: unknown, path: string): ValueTest {
  const fault = (why: string) => new EventPatternError(`${path}: numeric ${JSON.stringify(operand)}: ${why}`);
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) {
    throw fault('it takes [operator, number], or two of them for a range');
  }
  const parts: { operator: string; bound: number; compare: (value: number, bound: number) => boolean }[] = [];
  for (let index = 0; index < operand.length; index += 2) {
    const [operator, bound] = [operand[index], operand[index + 1]];
    const compare = typeof operator === 'string' && Object.hasOwn(comparisons, operator) && comparisons[operator];
    if (!compare) throw fault('its operators are =, <, <=, > and >=');
    if (typeof bound !== 'number') throw fault(`${JSON.stringify(bound)} is no number`);
    if (Math.abs(bound) > MAX_MAGNITUDE) throw fault('numbers are between -5e9 and 5e9');
    parts.push({ operator, bound, compare });
  }
  const [lower, upper] = parts;
  if (lower && upper) {
    if (!lower.operator.startsWith('>') || !upper.operator.startsWith('<')) {
      throw fault('a range takes > or >= first, then < or <=');
    }
    if (lower.bound >= upper.bound) throw fault('the lower bound has to be less than the upper one');
  }
  return (value) =>
    typeof value === 'number' &&
    Math.abs(value) <= MAX_MAGNITUDE &&
    parts.every(({ compare, bound }) => compare(value, bound));
}
