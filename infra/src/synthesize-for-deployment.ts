import { environmentNames } from './environments.ts';
import { readState } from './state.ts';
import { type SynthesizedStack, type SynthesizeOptions, synthesize } from './synthesize.ts';
import { layVariableFiles, variableFilesOf } from './variable-files.ts';

export interface DeploymentOptions extends Omit<SynthesizeOptions, 'states'> {
  /** Absolute; where `terraform.tfvars` and `terraform.<environment>.tfvars` are, if there are any. */
  readonly settingsFolder: string;
  /** Environment variables; STATE_BUCKET and its like are read. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Writes the stacks as somebody's own: with the state where the settings say, and with the settings.
 * @throws {Error} a bundle is missing, or a setting of the state is wrong
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
      return { environment, variableFiles, state: await readState(environment, { variableFiles, env }) };
    }),
  );
  const states = Object.fromEntries(settings.map(({ environment, state }) => [environment, state]));
  const stacks = synthesize({ ...options, environments, states });
  for (const { environment, folder } of stacks) {
    layVariableFiles(settings.find((each) => each.environment === environment)?.variableFiles ?? [], folder);
  }
  return stacks;
}
