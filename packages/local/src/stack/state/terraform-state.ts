import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataFolderError } from '../../errors.ts';
import { isPlainObject } from '../expressions/values.ts';

/** What an apply has made of a `terraform_data` resource. */
export interface AppliedData {
  /** A UUID: another one once the resource has been replaced. */
  readonly id: string;
  readonly input: unknown;
  readonly triggersReplace: unknown;
}

/**
 * Remembers what Terraform's state would: the values of `terraform_data`, by address. Such a resource is nothing but its
 * state; what the others have is computed anew, and is the same in every run.
 */
export class TerraformState {
  readonly #prior: ReadonlyMap<string, AppliedData>;
  readonly #applied = new Map<string, AppliedData>();

  constructor(prior: Readonly<Record<string, AppliedData>> = {}) {
    this.#prior = new Map(Object.entries(prior));
  }

  /** Returns what the earlier start has made of the resource. */
  priorOf(address: string): AppliedData | undefined {
    return this.#prior.get(address);
  }

  record(address: string, applied: AppliedData): void {
    this.#applied.set(address, applied);
  }

  /** Only what has been applied by this start: what the stack no longer has is destroyed. */
  toJSON(): Record<string, AppliedData> {
    return Object.fromEntries(this.#applied);
  }
}

/**
 * Reads the state of an earlier start, if there is one.
 * @param file where it is kept; absent: nowhere
 * @throws {DataFolderError} the file holds something else
 */
export async function loadTerraformState(file?: string): Promise<TerraformState> {
  if (file === undefined) return new TerraformState();
  try {
    const json: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (!isPlainObject(json) || !Object.values(json).every(isApplied)) throw new Error('not what was written there');
    return new TerraformState(json as Record<string, AppliedData>);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new TerraformState();
    throw new DataFolderError(
      `The state in ${file} cannot be read: restore the file, or delete it to have every terraform_data made anew`,
      { cause: error },
    );
  }
}

/** Keeps the state for the next start. @throws {DataFolderError} the file cannot be written */
export async function saveTerraformState(state: TerraformState, file?: string): Promise<void> {
  if (file === undefined) return;
  try {
    await mkdir(dirname(file), { recursive: true });
    // For this user's eyes only: a key may be in it. Renamed, so that a start that is killed leaves a whole one.
    await writeFile(`${file}.next`, JSON.stringify(state), { mode: 0o600 });
    await rename(`${file}.next`, file);
  } catch (error) {
    throw new DataFolderError(`The state cannot be written to ${file}: ${(error as Error).message}`, { cause: error });
  }
}

const isApplied = (value: unknown): boolean => isPlainObject(value) && typeof value.id === 'string';
