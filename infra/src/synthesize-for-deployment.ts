import { readDeletionProtection } from './deletion-protection.ts';
import { environmentNames } from './environments.ts';
import { readState } from './state.ts';
import { type SynthesizedStack, type SynthesizeOptions, synthesize } from './synthesize.ts';
import { layVariableFiles, variableFilesOf } from './variable-files.ts';

export interface DeploymentOptions extends Omit<SynthesizeOptions, 'states' | 'protections'> {
  /** Absolute; where `terraform.tfvars` and `terraform.<environment>.tfvars` are, if there are any. */
  readonly settingsFolder: string;
  /** Environment variables; STATE_BUCKET and its like and TF_VAR_deletion_protection are read. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Writes the stacks as somebody's own: with the state where the settings say, and with the settings.
 * @throws {Error} a bundle is missing, or a setting that is read here is wrong
 */
export async function synthesizeForDeployment({
  settingsFolder,
  env,
  environments = environmentNames,
  ...options
}: DeploymentOptions): Promise<SynthesizedStack[]> {
  const settings = await Promise.all(
    environments.map(async (environment) => {
      const variableFiles = variableFilesOf(settingsFolder, environment);
      const sources = { variableFiles, env };
      return {
        environment,
        variableFiles,
        state: await readState(environment, sources),
        isProtected: await readDeletionProtection(environment, sources),
      };
    }),
  );
  const states = Object.fromEntries(settings.map(({ environment, state }) => [environment, state]));
  const protections = Object.fromEntries(settings.map(({ environment, isProtected }) => [environment, isProtected]));
  const stacks = synthesize({ ...options, environments, states, protections });
  for (const { environment, folder } of stacks) {
    layVariableFiles(settings.find((each) => each.environment === environment)?.variableFiles ?? [], folder);
  }
  return stacks;
}
