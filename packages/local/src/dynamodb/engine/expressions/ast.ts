/** A step into a document: a name as it is written, `#placeholder` included, or a position in a list. */
export type PathStep = string | number;
export type Path = readonly PathStep[];

export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  /** `:placeholder` */
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'size'; readonly of: Operand };

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';
export type TestName = 'attribute_exists' | 'attribute_not_exists' | 'attribute_type' | 'begins_with' | 'contains';

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly condition: Condition }
  | { readonly kind: 'compare'; readonly comparator: Comparator; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'between'; readonly operand: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly kind: 'in'; readonly operand: Operand; readonly among: readonly Operand[] }
  | { readonly kind: 'test'; readonly name: TestName; readonly args: readonly Operand[] };

export type UpdateValue =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'add' | 'subtract'; readonly left: UpdateValue; readonly right: UpdateValue }
  | { readonly kind: 'if_not_exists'; readonly path: Path; readonly otherwise: UpdateValue }
  | { readonly kind: 'list_append'; readonly left: UpdateValue; readonly right: UpdateValue };

export interface Update {
  readonly set: readonly { readonly path: Path; readonly value: UpdateValue }[];
  readonly remove: readonly Path[];
  readonly add: readonly { readonly path: Path; readonly value: string }[];
  readonly delete: readonly { readonly path: Path; readonly value: string }[];
}

/** What an expression means, and what it needs from its request. */
export interface Parsed<T> {
  readonly tree: T;
  /** `#placeholders`, each once. */
  readonly names: readonly string[];
  /** `:placeholders`, each once. */
  readonly values: readonly string[];
}
