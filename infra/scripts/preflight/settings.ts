import type { EnvironmentName } from '../../src/environments.ts';
import { readVariableFile, variableFilesOf } from '../../src/variable-files.ts';
import type { Variable } from '../../src/variable-kinds.ts';
import { variables } from '../../src/variables.ts';

/** The value of every variable of an environment, by name. */
export type Settings = Readonly<Record<string, unknown>>;

/**
 * Reads what a deployment of the environment would be given: defaults, `TF_VAR_…`, `terraform.tfvars`,
 * `terraform.<environment>.tfvars`; a later one wins.
 * @throws {Error} a file cannot be understood, or a value is of another type than its variable
 */
export async function readSettings(
  environment: EnvironmentName,
  { folder, env }: { readonly folder: string; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<Settings> {
  const known = Object.entries<Variable>(variables);
  const settings: Record<string, unknown> = {};
  for (const [name, variable] of known) {
    settings[name] = variable.defaultIn?.[environment] ?? variable.default;
    const given = env[`TF_VAR_${name}`];
    if (given !== undefined) settings[name] = checked(name, variable, fromText(variable, given), `TF_VAR_${name}`);
  }
  for (const file of variableFilesOf(folder, environment)) {
    const values = await readVariableFile(file);
    for (const [name, variable] of known) {
      if (values[name] !== undefined) settings[name] = checked(name, variable, values[name], file);
    }
  }
  return settings;
}

function fromText({ kind }: Variable, text: string): unknown {
  if (kind === 'text' || kind === 'choice') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function checked(name: string, { kind }: Variable, value: unknown, source: string): unknown {
  const converted = typeof value === 'string' && kind === 'number' && value !== '' ? Number(value) : value;
  const isRight = {
    number: () => typeof converted === 'number' && !Number.isNaN(converted),
    boolean: () => typeof converted === 'boolean',
    text: () => typeof converted === 'string',
    choice: () => typeof converted === 'string',
    list: () => Array.isArray(converted),
    map: () => typeof converted === 'object' && converted !== null && !Array.isArray(converted),
  }[kind]();
  if (isRight && !JSON.stringify(converted).includes('${')) return converted;
  throw new Error(`${name} (${source}) must be a ${kind} without references, not ${JSON.stringify(value)}`);
}
