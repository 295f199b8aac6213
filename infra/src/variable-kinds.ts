/** What a variable can be: the kinds that `variables.ts` is made of, and that `settings.ts` makes Terraform check. */
import type { EnvironmentName } from './environments.ts';

/** A condition that involves a second variable. */
export interface Rule {
  /** A Terraform expression. */
  readonly condition: string;
  /** Ends the sentence "<variable> must …". */
  readonly must: string;
}

interface Common<T> {
  /** Groups the variables of the example file. */
  readonly group: string;
  /** What it is for, as a sentence. */
  readonly about: string;
  readonly default: T;
  /** The default of an environment that differs. */
  readonly defaultIn?: Partial<Readonly<Record<EnvironmentName, T>>>;
  readonly rules?: readonly Rule[];
}

export interface NumberVariable extends Common<number> {
  readonly kind: 'number';
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  /** True for counts. Durations may be fractional: tests live in tenths of a second. */
  readonly whole: boolean;
}

export interface ChoiceVariable extends Common<string> {
  readonly kind: 'choice';
  readonly choices: readonly string[];
}

export interface BooleanVariable extends Common<boolean> {
  readonly kind: 'boolean';
}

export interface TextVariable extends Common<string> {
  readonly kind: 'text';
  /** RE2, for the whole value. */
  readonly pattern: string;
  /** Says in words what `pattern` allows: ends the sentence "<variable> must be …". */
  readonly allowed: string;
}

/** Texts of which each has the same form. */
export interface ListVariable extends Common<readonly string[]> {
  readonly kind: 'list';
  /** RE2, for each whole element. */
  readonly pattern: string;
  /** Ends the sentence "<variable> must be …". */
  readonly allowed: string;
}

export interface MapVariable extends Common<Readonly<Record<string, string | number | object>>> {
  readonly kind: 'map';
  /** Terraform's type of the values. */
  readonly of: 'string' | 'number' | `object(${string})`;
  /** A Terraform expression of `key` and `value` that holds for every entry. */
  readonly entryCondition: string;
  /** Ends the sentence "<variable> must be …". */
  readonly allowed: string;
}

export type Variable = NumberVariable | ChoiceVariable | BooleanVariable | TextVariable | ListVariable | MapVariable;

type Rest<V extends Variable> = Omit<V, 'kind' | 'group'>;
type Bounds = Omit<Rest<NumberVariable>, 'unit' | 'whole'>;

/** A whole number from 1 on. */
export const count = (group: string, unit: string, bounds: Omit<Bounds, 'min'>): NumberVariable => ({
  ...bounds,
  kind: 'number',
  group,
  unit,
  min: 1,
  whole: true,
});

export const duration = (group: string, unit: string, bounds: Bounds): NumberVariable => ({
  ...bounds,
  kind: 'number',
  group,
  unit,
  whole: false,
});

/** The first choice is the default. */
export const choice = (group: string, about: string, choices: readonly [string, ...string[]]): ChoiceVariable => ({
  kind: 'choice',
  group,
  about,
  default: choices[0],
  choices,
});

export const boolean = (group: string, rest: Rest<BooleanVariable>): BooleanVariable => ({
  kind: 'boolean',
  group,
  ...rest,
});

export const text = (group: string, rest: Rest<TextVariable>): TextVariable => ({ kind: 'text', group, ...rest });

export const list = (group: string, rest: Rest<ListVariable>): ListVariable => ({ kind: 'list', group, ...rest });

export const map = (group: string, rest: Rest<MapVariable>): MapVariable => ({ kind: 'map', group, ...rest });
