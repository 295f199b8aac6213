/** A value of an event without parts of its own: what the operators of a pattern compare. */
export type Scalar = string | number | boolean | null;

/** Whether one value of the event satisfies one entry of a field's list. */
export type ValueTest = (value: Scalar) => boolean;

/** What a pattern asks of one field: one of the tests holds for one of the field's values. */
export interface FieldTests {
  readonly tests: readonly ValueTest[];
  /** `{"exists": false}` is among the tests: the field may be absent. */
  readonly acceptsAbsent: boolean;
}

/** A parsed event pattern, or the part of one below a field. Every field has to match, and one pattern of each `$or`. */
export interface Pattern {
  readonly fields: ReadonlyMap<string, FieldTests | Pattern>;
  readonly alternatives: readonly (readonly Pattern[])[];
}

/** A pattern that EventBridge and Lambda would refuse, too. */
export class EventPatternError extends Error {
  override readonly name = 'EventPatternError';
}
