import { type DynamoDbError, invalidParameters, validationError } from '../errors.ts';
import { malformed } from '../values/attribute-value.ts';

export type Input = Readonly<Record<string, unknown>>;

/** Reads an object of a request; absent: undefined. @throws {DynamoDbError} it is something else */
export function optionalObject(input: Input, name: string): Input | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  return asObject(value);
}

export function asObject(value: unknown): Input {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(value);
  return value as Input;
}

export function optionalList(input: Input, name: string): unknown[] | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw malformed(value);
  return value;
}

export function optionalString(input: Input, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw malformed(value, 'String');
  return value;
}

export function optionalBoolean(input: Input, name: string): boolean | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw malformed(value, 'Boolean');
  return value;
}

export function optionalInteger(
  input: Input,
  name: string,
  { least, most = Number.POSITIVE_INFINITY }: { least: number; most?: number },
): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number') throw malformed(value, 'Integer');
  const whole = Math.floor(value);
  if (whole < least) throw constraint(whole, name, `Member must have value greater than or equal to ${least}`);
  if (whole > most) throw constraint(whole, name, `Member must have value less than or equal to ${most}`);
  return whole;
}

/** Reads one of some words. @throws {DynamoDbError} */
export function optionalWord<T extends string>(input: Input, name: string, words: readonly T[]): T | undefined {
  const value = optionalString(input, name);
  if (value === undefined) return undefined;
  const word = words.find((each) => each === value);
  if (word === undefined) throw constraint(value, name, `Member must satisfy enum value set: [${words.join(', ')}]`);
  return word;
}

/** Says which parameter breaks a rule of the protocol's model. */
export function constraint(value: unknown, name: string, rule: string): DynamoDbError {
  const shown = value === undefined || value === null ? 'null' : `'${value}'`;
  const at = name.charAt(0).toLowerCase() + name.slice(1);
  return validationError(
    `1 validation error detected: Value ${shown} at '${at}' failed to satisfy constraint: ${rule}`,
  );
}

const namePattern = '[a-zA-Z0-9_.-]+';
const validName = /^[a-zA-Z0-9_.-]+$/;

/** Reads the name of a table; its ARN will do. @throws {DynamoDbError} */
export function tableName(input: Input): string {
  const given = optionalString(input, 'TableName');
  if (given === undefined) throw constraint(undefined, 'TableName', 'Member must not be null');
  const name = given.replace(/^arn:aws[a-z-]*:dynamodb:[^:]*:\d{12}:table\//, '');
  checkName(name, 'TableName');
  return name;
}

export function checkName(name: string, parameter: string): void {
  if (name.length < 3 || name.length > 255) {
    throw validationError(`${parameter} must be at least 3 characters long and at most 255 characters long`);
  }
  if (!validName.test(name)) {
    throw constraint(name, parameter, `Member must satisfy regular expression pattern: ${namePattern}`);
  }
}

const legacy = [
  'Expected',
  'AttributeUpdates',
  'AttributesToGet',
  'KeyConditions',
  'QueryFilter',
  'ScanFilter',
  'ConditionalOperator',
];

/** Refuses parameters that expressions took the place of in 2014. @throws {DynamoDbError} */
export function refuseLegacy(input: Input): void {
  const found = legacy.find((name) => input[name] !== undefined && input[name] !== null);
  if (found !== undefined) {
    throw invalidParameters(`${found} is a legacy parameter, which this emulator does not have: use an expression`);
  }
}

/** Reads what a batch asks of each table. @throws {DynamoDbError} it names none */
export function batchRequests(input: Input): Input {
  const requests = optionalObject(input, 'RequestItems');
  if (!requests) throw constraint(undefined, 'RequestItems', 'Member must not be null');
  if (Object.keys(requests).length === 0) {
    throw constraint('{}', 'RequestItems', 'Member must have length greater than or equal to 1');
  }
  return requests;
}
