import type { Block } from './document.ts';
import { ExpressionError, StackVariableError } from './errors.ts';
import type { Expression } from './expressions/ast.ts';
import { evaluate, type Scope } from './expressions/evaluate.ts';
import { parseExpression, parseTemplate } from './expressions/parse.ts';
import { isPlainObject, toBoolean, toList, toNumber, toObject, toText, typeName } from './expressions/values.ts';

/**
 * The value of every variable: what was given, converted to the declared type, else the default.
 * Rules are not checked here: they may refer to other variables, see `checkRules`.
 * @throws {StackVariableError} unknown name, no value, wrong type
 */
export function readVariables(
  declared: Readonly<Record<string, Block>>,
  given: Readonly<Record<string, unknown>>,
): Map<string, unknown> {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(declared, name));
  if (unknown !== undefined) {
    const known = Object.keys(declared).sort().join(', ') || 'none';
    throw new StackVariableError(unknown, `the stack declares no such variable (it has: ${known})`);
  }
  return new Map(Object.entries(declared).map(([name, block]) => [name, chooseValue(name, block, given[name])]));
}

function chooseValue(name: string, block: Block, given: unknown): unknown {
  if (given === undefined && !Object.hasOwn(block, 'default')) {
    throw new StackVariableError(name, `no value was given, and it has no default (--var ${name}=… sets it)`);
  }
  // Terraform: a null given to a variable that must not be null stands for its default.
  const value = given === undefined || (given === null && block.nullable === false) ? (block.default ?? null) : given;
  if (value === null) {
    if (block.nullable === false) throw new StackVariableError(name, 'it must not be null, and has no default');
    return null;
  }
  try {
    return convert(value, typeof block.type === 'string' ? parseExpression(unwrap(block.type)) : undefined);
  } catch (error) {
    if (error instanceof ExpressionError) throw new StackVariableError(name, error.message, { cause: error });
    throw error;
  }
}

/** `list(string)`, or the same as a template. */
const unwrap = (type: string): string => (type.startsWith('${') && type.endsWith('}') ? type.slice(2, -1) : type);

/** Converts to a type constraint. Collections and objects given as text (`--var`) are read as Terraform's syntax. */
function convert(value: unknown, type: Expression | undefined): unknown {
  if (type === undefined || (type.kind === 'name' && type.name === 'any')) return value;
  if (type.kind === 'name') {
    if (type.name === 'string') return toText(value);
    if (type.name === 'number') return toNumber(value);
    if (type.name === 'bool') return toBoolean(value);
    if (type.name === 'list' || type.name === 'set') return toList(literal(value));
    if (type.name === 'map') return toObject(literal(value));
  }
  if (type.kind === 'call') {
    const [inner, fallback] = type.args;
    if (type.name === 'list' || type.name === 'set') return toList(literal(value)).map((item) => convert(item, inner));
    if (type.name === 'tuple' && inner?.kind === 'list') {
      return toList(literal(value)).map((item, index) => convert(item, inner.items[index]));
    }
    if (type.name === 'map') {
      return Object.fromEntries(
        Object.entries(toObject(literal(value))).map(([key, item]) => [key, convert(item, inner)]),
      );
    }
    if (type.name === 'optional') {
      return value === null || value === undefined
        ? fallback
          ? evaluate(fallback, noNames)
          : null
        : convert(value, inner);
    }
    if (type.name === 'object' && inner?.kind === 'object') {
      const object = toObject(literal(value));
      return Object.fromEntries(
        inner.entries.map(({ key, value: memberType }) => {
          const name = toText(evaluate(key, noNames));
          const optional = memberType.kind === 'call' && memberType.name === 'optional';
          if (!Object.hasOwn(object, name) && !optional) throw new ExpressionError(`the attribute ${name} is missing`);
          return [name, convert(object[name], memberType)];
        }),
      );
    }
  }
  throw new ExpressionError('its type is not supported');
}

const noNames: Scope = {
  folder: '.',
  lookUp(name) {
    throw new ExpressionError(`${name}: values of variables are literals`);
  },
};

const literal = (value: unknown): unknown =>
  typeof value === 'string' ? evaluate(parseExpression(value), noNames) : value;

/**
 * Evaluates the `validation` blocks of every variable.
 * @throws {StackVariableError} with the broken rule's own `error_message`
 */
export function checkRules(declared: Readonly<Record<string, Block>>, scope: Scope): void {
  for (const [name, block] of Object.entries(declared)) {
    const rules = Array.isArray(block.validation) ? block.validation : block.validation ? [block.validation] : [];
    for (const rule of rules) {
      if (!isPlainObject(rule))
        throw new StackVariableError(name, `a validation must be an object, found ${typeName(rule)}`);
      try {
        const template = (source: unknown) =>
          typeof source === 'string' ? evaluate(parseTemplate(source), scope) : source;
        if (!toBoolean(template(rule.condition)))
          throw new StackVariableError(name, toText(template(rule.error_message)));
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        throw new StackVariableError(name, `its validation cannot be evaluated (${error.message})`, { cause: error });
      }
    }
  }
}
