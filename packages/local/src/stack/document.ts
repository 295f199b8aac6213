import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { StackFileError } from './errors.ts';
import { isPlainObject } from './expressions/values.ts';

/** Terraform's JSON syntax as it stands in the file, nothing evaluated. Blocks: by type, then by logical name. */
export interface StackDocument {
  readonly file: string;
  /** Relative paths in the stack start here. */
  readonly folder: string;
  readonly name: string;
  readonly resource: Blocks;
  readonly data: Blocks;
  readonly variable: Readonly<Record<string, Block>>;
  readonly output: Readonly<Record<string, Block>>;
  readonly locals: Block;
  /** Per provider: one block, or several with aliases. */
  readonly provider: Readonly<Record<string, unknown>>;
}

export type Block = Readonly<Record<string, unknown>>;
export type Blocks = Readonly<Record<string, Readonly<Record<string, Block>>>>;

/**
 * Reads a synthesized stack.
 * @throws {StackFileError} no such file, not JSON, or JSON that is not a synthesized stack
 */
export async function readDocument(file: string): Promise<StackDocument> {
  const path = resolve(file);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new StackFileError(`The stack file does not exist or cannot be read: ${path} (synthesize it first)`, {
      cause: error,
    });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StackFileError(`The stack file is not JSON: ${path} (${reason})`, { cause: error });
  }
  if (!isPlainObject(json) || !isTwoLevels(json.resource)) {
    throw new StackFileError(
      `Not a synthesized Terraform stack: ${path} (it has no "resource" object; expected a cdk.tf.json)`,
    );
  }
  const folder = dirname(path);
  return {
    file: path,
    folder,
    name: stackName(json) ?? basename(folder),
    resource: withoutComments(json.resource) as Blocks,
    data: withoutComments(json.data) as Blocks,
    variable: withoutComments(json.variable) as Record<string, Block>,
    output: withoutComments(json.output) as Record<string, Block>,
    locals: withoutComments(json.locals),
    provider: withoutComments(json.provider),
  };
}

/** The name that cdktf leaves in the comment at the top. */
function stackName(json: Readonly<Record<string, unknown>>): string | undefined {
  const comment = json['//'];
  const metadata = isPlainObject(comment) ? comment.metadata : undefined;
  const name = isPlainObject(metadata) ? metadata.stackName : undefined;
  return typeof name === 'string' ? name : undefined;
}

const isTwoLevels = (value: unknown): boolean =>
  isPlainObject(value) &&
  Object.values(value).every((inner) => isPlainObject(inner) && Object.values(inner).every(isPlainObject));

const withoutComments = (value: unknown): Record<string, unknown> =>
  isPlainObject(value) ? Object.fromEntries(Object.entries(value).filter(([key]) => key !== '//')) : {};
