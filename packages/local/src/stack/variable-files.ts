import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ExpressionError, StackFileError } from './errors.ts';
import { evaluate, type Scope } from './expressions/evaluate.ts';
import { parseAssignments } from './expressions/parse.ts';
import { isPlainObject } from './expressions/values.ts';

/**
 * Reads a `.tfvars` (lines of `name = value`) or `.json` file of variable values.
 * @throws {StackFileError} no such file, or not that syntax
 */
export async function readVariableFile(file: string): Promise<Record<string, unknown>> {
  const path = resolve(file);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new StackFileError(`The variable file does not exist or cannot be read: ${path}`, { cause: error });
  });
  try {
    if (!path.endsWith('.json')) {
      return Object.fromEntries(parseAssignments(text).map(({ name, value }) => [name, evaluate(value, literalsOnly)]));
    }
    const json: unknown = JSON.parse(text);
    if (isPlainObject(json)) return json;
    throw new ExpressionError('expected an object of variables');
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new StackFileError(`The variable file ${path} cannot be understood: ${reason}`, { cause: error });
  }
}

const literalsOnly: Scope = {
  folder: '.',
  lookUp(name) {
    throw new ExpressionError(`${name}: only literal values are allowed in a variable file`);
  },
};
