/** Terraform's expression language, as far as synthesized stacks use it. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  /** Text with interpolations; a single interpolation and no text keeps its type. */
  | { readonly kind: 'template'; readonly parts: readonly Expression[] }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly object: Expression; readonly key: Expression }
  /** `list[*].a.b`: the steps apply to each element, which the body calls `SPLAT_ELEMENT`. */
  | { readonly kind: 'splat'; readonly list: Expression; readonly body: Expression }
  | { readonly kind: 'unary'; readonly operator: '!' | '-'; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'conditional';
      readonly test: Expression;
      readonly whenTrue: Expression;
      readonly whenFalse: Expression;
    }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'object'; readonly entries: readonly { readonly key: Expression; readonly value: Expression }[] }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly args: readonly Expression[];
      /** `f(list...)`: the last argument is spread. */
      readonly spread: boolean;
    }
  /** `[for k, v in list : value if test]`, or `{for … : key => value}` when `key` is there. */
  | {
      readonly kind: 'for';
      readonly names: readonly string[];
      readonly list: Expression;
      readonly key?: Expression;
      readonly value: Expression;
      readonly test?: Expression;
    };

export type BinaryOperator = '||' | '&&' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%';

/** A name no stack can contain. */
export const SPLAT_ELEMENT = '[*]';
