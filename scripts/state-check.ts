/**
 * `npm run -s state:check -- <environment>`: makes sure that the state of an environment is kept in a bucket. A pipeline
 * asks it before it applies: on a machine that is thrown away, a state file would be lost, and the next deployment would
 * make everything a second time.
 */
import { resolve } from 'node:path';
import { type EnvironmentName, environmentNames } from '../infra/src/environments.ts';
import { readState } from '../infra/src/state.ts';
import { variableFilesOf } from '../infra/src/variable-files.ts';

const root = resolve(import.meta.dirname, '..');

/** @returns where the state is, for a log @throws {Error} in no bucket, or a setting of it is wrong */
export async function requireRemoteState(environment: EnvironmentName, env: NodeJS.ProcessEnv): Promise<string> {
  const state = await readState(environment, { variableFiles: variableFilesOf(root, environment), env });
  if (state) return `s3://${state.bucket}/${state.key} in ${state.region}`;
  throw new Error(
    `the state of ${environment} has no bucket: set STATE_BUCKET and STATE_REGION, as variables of the GitHub environment`,
  );
}

if (process.argv[1] === import.meta.filename) {
  try {
    const environment = environmentNames.find((name) => name === process.argv[2]);
    if (!environment) throw new Error(`name an environment: ${environmentNames.join(', ')}`);
    console.log(`state: ${await requireRemoteState(environment, process.env)}`);
  } catch (error) {
    console.error(`state: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
