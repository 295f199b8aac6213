import type { EnvironmentName } from './environments.ts';
import { readVariableFile } from './variable-files.ts';
import type { Rule } from './variable-kinds.ts';
import { variables } from './variables.ts';

const name = 'deletion_protection';

export interface ProtectionSources {
  /** Absolute paths of variable files; a later one wins. */
  readonly variableFiles: readonly string[];
  /** Environment variables: TF_VAR_deletion_protection is read, and is weaker than the files, as it is for Terraform. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Whether an environment is protected when no setting says so. */
export const isProtectedByDefault = (environment: EnvironmentName): boolean =>
  variables[name].defaultIn?.[environment] ?? variables[name].default;

/**
 * Reads whether an environment is protected. Terraform refuses in the plan to delete what has `prevent_destroy`, but
 * takes no variable for it: so the value of `deletion_protection` must be known when the stack is synthesized.
 * @throws {Error} the value is not a plain true or false; the message names the file or variable it comes from
 */
export async function readDeletionProtection(
  environment: EnvironmentName,
  { variableFiles, env }: ProtectionSources,
): Promise<boolean> {
  const fromEnvironment = env[`TF_VAR_${name}`];
  let isProtected = fromEnvironment ? parse(fromEnvironment, `TF_VAR_${name}`) : isProtectedByDefault(environment);
  for (const file of variableFiles) {
    const value = (await readVariableFile(file))[name];
    if (value !== undefined) isProtected = parse(value, file);
  }
  return isProtected;
}

/** Terraform takes the texts "true" and "false" for a boolean, too. */
function parse(value: unknown, source: string): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw new Error(`${name} (${source}) must be true or false, without references, not ${JSON.stringify(value)}`);
}

/**
 * Refuses a value of the variable that differs from the one that the stack was synthesized with, e.g. one given by
 * `--var`: the variable and `prevent_destroy` would contradict each other.
 */
export const sameAsSynthesized = (isProtected: boolean): Rule => ({
  condition: `var.${name} == ${isProtected}`,
  must: `be ${isProtected}, as when the stack was synthesized: set it in terraform.tfvars or terraform.<environment>.tfvars, not by --var`,
});
