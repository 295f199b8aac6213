import { DynamoDbError, validationError } from '../errors.ts';
import { type AttributeValue, type Item, malformed, parseValue } from '../values/attribute-value.ts';
import type { Parsed, Path, PathStep } from './ast.ts';
import { ExpressionError } from './lexer.ts';

/** A path with its placeholders filled in. */
export type ResolvedPath = readonly PathStep[];

export interface BindingInput {
  readonly ExpressionAttributeNames?: unknown;
  readonly ExpressionAttributeValues?: unknown;
}

/** An expression of one request, with the means to resolve its placeholders. */
export interface Bound<T> {
  readonly tree: T;
  readonly bindings: Bindings;
}

/** A program has a few dozen expressions; one that makes them up as it goes must not fill the memory. */
const MAX_REMEMBERED = 1000;
/** Bytes. @see "Expression parameters", quotas, DynamoDB Developer Guide */
const MAX_EXPRESSION_BYTES = 4096;

/** The names and values that a request gives to the placeholders of its expressions. */
export class Bindings {
  readonly #names: Readonly<Record<string, string>> | undefined;
  readonly #values: Item | undefined;
  readonly #usedNames = new Set<string>();
  readonly #usedValues = new Set<string>();

  /** @throws {DynamoDbError} a placeholder or a value is malformed */
  constructor({ ExpressionAttributeNames, ExpressionAttributeValues }: BindingInput) {
    this.#names = readNames(ExpressionAttributeNames);
    this.#values = readValues(ExpressionAttributeValues);
  }

  /** Parses an expression, or remembers it. @param parameter as the request calls it @throws {DynamoDbError} */
  bind<T>(parameter: string, source: unknown, parse: (source: string) => Parsed<T>): Bound<T> {
    if (typeof source !== 'string') throw malformed(source, 'String');
    try {
      const { tree, names, values } = remembered(source, parse);
      for (const name of names) {
        if (this.#names === undefined || !Object.hasOwn(this.#names, name)) {
          throw new ExpressionError(
            `An expression attribute name used in the document path is not defined; attribute name: ${name}`,
          );
        }
        this.#usedNames.add(name);
      }
      for (const name of values) {
        if (this.#values?.[name] === undefined) {
          throw new ExpressionError(
            `An expression attribute value used in expression is not defined; attribute value: ${name}`,
          );
        }
        this.#usedValues.add(name);
      }
      return { tree, bindings: this };
    } catch (error) {
      throw asValidationError(parameter, error);
    }
  }

  /** @throws {DynamoDbError} a name or value that no expression uses */
  checkAllUsed(): void {
    const unused = (given: object | undefined, used: ReadonlySet<string>) =>
      Object.keys(given ?? {}).filter((name) => !used.has(name));
    for (const [kind, names] of [
      ['Names', unused(this.#names, this.#usedNames)],
      ['Values', unused(this.#values, this.#usedValues)],
    ] as const) {
      if (names.length > 0) {
        throw validationError(
          `Value provided in ExpressionAttribute${kind} unused in expressions: keys: {${names.join(', ')}}`,
        );
      }
    }
  }

  /** @throws {DynamoDbError} names or values are given, and there is no expression */
  checkHasExpressions(hasAny: boolean, takingValues: Readonly<Record<string, unknown>>): void {
    if (!hasAny && this.#names)
      throw validationError('ExpressionAttributeNames can only be specified when using expressions');
    const parameters = Object.keys(takingValues);
    if (this.#values && parameters.every((parameter) => takingValues[parameter] === undefined)) {
      const verb = parameters.length > 1 ? 'are' : 'is';
      throw validationError(
        `ExpressionAttributeValues can only be specified when using expressions: ${parameters.join(' and ')} ${verb} null`,
      );
    }
  }

  value(name: string): AttributeValue {
    return this.#values?.[name] as AttributeValue;
  }

  name(step: string): string {
    return step.startsWith('#') ? (this.#names?.[step] ?? step) : step;
  }

  resolve(path: Path): ResolvedPath {
    return path.map((step) => (typeof step === 'string' ? this.name(step) : step));
  }

  /** Finds what a path leads to. */
  find(path: Path, item: Item): AttributeValue | undefined {
    const [first, ...others] = path;
    let found = item[this.name(String(first))];
    for (const step of others) {
      if (found === undefined) return undefined;
      found = typeof step === 'number' ? found.L?.[step] : found.M?.[this.name(step)];
    }
    return found;
  }
}

export function asValidationError(parameter: string, error: unknown): unknown {
  return error instanceof ExpressionError ? validationError(`Invalid ${parameter}: ${error.message}`) : error;
}

/** By parser: the same text means something else as an update and as a condition. */
const memories = new Map<unknown, Map<string, Parsed<unknown>>>();

function remembered<T>(source: string, parse: (source: string) => Parsed<T>): Parsed<T> {
  const memory: Map<string, Parsed<unknown>> = memories.get(parse) ?? new Map();
  memories.set(parse, memory);
  let parsed = memory.get(source) as Parsed<T> | undefined;
  if (parsed === undefined) {
    const bytes = Buffer.byteLength(source);
    if (bytes > MAX_EXPRESSION_BYTES) {
      throw new ExpressionError(`Expression size has exceeded the maximum allowed size; expression size: ${bytes}`);
    }
    parsed = parse(source);
    if (memory.size >= MAX_REMEMBERED) memory.clear();
    memory.set(source, parsed);
  }
  return parsed;
}

function readNames(input: unknown): Readonly<Record<string, string>> | undefined {
  if (input === undefined || input === null) return undefined;
  const names = asObject(input);
  if (Object.keys(names).length === 0) throw validationError('ExpressionAttributeNames must not be empty');
  for (const [key, value] of Object.entries(names)) {
    if (!/^#[0-9a-zA-Z_]+$/.test(key)) {
      throw validationError(`ExpressionAttributeNames contains invalid key: Syntax error; key: "${key}"`);
    }
    if (typeof value !== 'string') throw malformed(value, 'String');
  }
  return names as Record<string, string>;
}

function readValues(input: unknown): Item | undefined {
  if (input === undefined || input === null) return undefined;
  const given = asObject(input);
  if (Object.keys(given).length === 0) throw validationError('ExpressionAttributeValues must not be empty');
  const values: Record<string, AttributeValue> = Object.create(null);
  for (const [key, value] of Object.entries(given)) {
    if (!/^:[0-9a-zA-Z_]+$/.test(key)) {
      throw validationError(`ExpressionAttributeValues contains invalid key: Syntax error; key: "${key}"`);
    }
    try {
      values[key] = parseValue(value);
    } catch (error) {
      if (!(error instanceof DynamoDbError) || error.code !== 'ValidationException') throw error;
      throw validationError(`ExpressionAttributeValues contains invalid value: ${error.message} for key ${key}`);
    }
  }
  return values;
}

function asObject(input: unknown): Readonly<Record<string, unknown>> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) throw malformed(input);
  return input as Record<string, unknown>;
}
