import type { EnvironmentName } from './environments.ts';
import { stackNameOf } from './environments.ts';
import { stateVariables } from './state-variables.ts';
import { readVariableFile } from './variable-files.ts';

/** Where Terraform keeps what it knows of a stack: an object in S3, and beside it, while somebody applies, a lock. */
export interface S3State {
  readonly bucket: string;
  readonly region: string;
  readonly key: string;
  /** Without: encrypted by the bucket's default. */
  readonly kmsKeyId?: string;
}

type StateVariableName = keyof typeof stateVariables;
type Given = Partial<Record<StateVariableName, { readonly value: string; readonly source: string }>>;

export interface StateSources {
  /** Absolute paths of variable files; a later one wins. */
  readonly variableFiles: readonly string[];
  /** Environment variables, e.g. STATE_BUCKET: these win over the files. An empty one is taken for none. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Where the state of an environment's stack is kept; `undefined`: in a file on this machine.
 *
 * A backend block cannot use Terraform's variables, so these few are read when the stack is synthesized.
 * @throws {Error} a value is wrong, or one is missing; the message names it, and the file or variable it comes from
 */
export async function readState(environment: EnvironmentName, sources: StateSources): Promise<S3State | undefined> {
  const given = await collect(sources);
  for (const [name, { value, source }] of Object.entries(given)) {
    const { pattern, allowed } = stateVariables[name as StateVariableName];
    if (!new RegExp(`^(${pattern})$`).test(value)) {
      throw new Error(`${name} (${source}) must be ${allowed}, not ${JSON.stringify(value)}`);
    }
  }
  const setting = (name: StateVariableName) => given[name]?.value ?? stateVariables[name].default;
  const bucket = setting('state_bucket');
  const region = setting('state_region');
  const kmsKeyId = setting('state_kms_key_id');
  if (bucket === '') {
    const names = Object.keys(given) as StateVariableName[];
    const orphan = given[names.find((name) => setting(name) !== stateVariables[name].default) ?? 'state_bucket'];
    if (orphan?.value) throw new Error(`state_bucket (or STATE_BUCKET) is missing, but there is ${orphan.source}`);
    return undefined;
  }
  if (region === '') throw new Error(`state_region (or STATE_REGION) is missing: where is the bucket ${bucket}?`);
  const key = [setting('state_key_prefix'), `${stackNameOf(environment)}.tfstate`]
    .filter((part) => part !== '')
    .join('/');
  return { bucket, region, key, ...(kmsKeyId !== '' && { kmsKeyId }) };
}

async function collect({ variableFiles, env }: StateSources): Promise<Given> {
  const names = Object.keys(stateVariables) as StateVariableName[];
  const given: Given = {};
  for (const file of variableFiles) {
    const values = await readVariableFile(file);
    for (const name of names) {
      const value = values[name];
      if (value === undefined) continue;
      // Anything but a plain text arrives as another type, or as a template.
      if (typeof value !== 'string' || value.includes('${')) {
        throw new Error(`${name} (${file}) must be a text in quotes, without references`);
      }
      given[name] = { value, source: `${name} in ${file}` };
    }
  }
  for (const name of names) {
    const value = env[name.toUpperCase()];
    if (value) given[name] = { value, source: name.toUpperCase() };
  }
  return given;
}
