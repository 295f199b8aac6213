import type { FieldTests, Pattern, Scalar } from './pattern.ts';

export { parsePattern } from './parse-pattern.ts';
export { EventPatternError, type Pattern } from './pattern.ts';

/**
 * Whether an event matches a pattern: every field of the pattern does, by one of its values. A list in the event
 * matches by one element; what a pattern asks below a list, one and the same element has to have.
 * @see "Amazon EventBridge event patterns", EventBridge User Guide; README of aws/event-ruler, its implementation
 */
export function matchesPattern(pattern: Pattern, value: unknown): boolean {
  return objectMatches(pattern, value, [value]);
}

/** @param everywhere what stands at the same path in the whole event: absent means absent from all of it */
function objectMatches(pattern: Pattern, value: unknown, everywhere: readonly unknown[]): boolean {
  for (const [name, expected] of pattern.fields) {
    const all = everywhere.flatMap((object) => elementsOf(fieldOf(object, name)));
    const own = elementsOf(fieldOf(value, name));
    if ('tests' in expected) {
      if (!fieldMatches(expected, own.filter(isScalar), !all.some(isScalar))) return false;
    } else if (!(own.length === 0 ? [undefined] : own).some((element) => objectMatches(expected, element, all))) {
      return false;
    }
  }
  return pattern.alternatives.every((patterns) =>
    patterns.some((alternative) => objectMatches(alternative, value, everywhere)),
  );
}

const fieldMatches = ({ tests, acceptsAbsent }: FieldTests, values: readonly Scalar[], isAbsent: boolean): boolean =>
  isAbsent ? acceptsAbsent : values.some((value) => tests.some((test) => test(value)));

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;

/** The elements of a list, and of lists in it; a value that is no list counts as a list of one. */
const elementsOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value.flatMap(elementsOf) : value === undefined ? [] : [value];

const isScalar = (value: unknown): value is Scalar => typeof value !== 'object' || value === null;
