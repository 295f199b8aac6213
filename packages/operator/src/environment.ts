import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import type { TargetOptions } from './command-line.ts';
import { OperatorError, UsageError } from './errors.ts';
import { type Outputs, readDeployedOutputs, readOutputsFile } from './outputs.ts';
import { runningStacks } from './running-stacks.ts';

/**
 * Finds the environment that is meant, and lets the AWS SDK of this process use it.
 * @throws {UsageError | OperatorError}
 */
export async function openEnvironment(target: TargetOptions): Promise<Outputs> {
  const { env, outputs, envFile } = target;
  if (envFile !== undefined) use(await readEnvFile(envFile));
  else if (env === undefined && outputs === undefined && !process.env.AWS_ENDPOINT_URL) use(await onlyRunningStack());
  return outputs === undefined ? readDeployedOutputs(env) : readOutputsFile(outputs);
}

/** For all clients that are made from now on. */
function use(variables: Readonly<Record<string, string>>): void {
  Object.assign(process.env, variables);
  // With a profile the SDK would take that one's credentials.
  delete process.env.AWS_PROFILE;
}

async function readEnvFile(file: string): Promise<Record<string, string>> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError(`--env-file ${file} cannot be read (${error.message}): does npm start -- --env-file run?`);
  });
  const variables = parseEnv(text) as Record<string, string>;
  if (variables.AWS_ENDPOINT_URL) return variables;
  throw new UsageError(`--env-file ${file} names no AWS_ENDPOINT_URL: it must be what npm start -- --env-file wrote`);
}

async function onlyRunningStack(): Promise<Readonly<Record<string, string>>> {
  const [running, ...others] = await runningStacks();
  if (running === undefined) {
    throw new OperatorError(
      'no local stack runs from this checkout: start one (npm start), or name a deployed environment by --env',
    );
  }
  if (others.length === 0) return running.environment;
  const choices = [running, ...others].map(({ file, endpoint }) => `--env-file ${file} (${endpoint})`);
  throw new UsageError(`several local stacks run: name one by ${choices.join(' or ')}`);
}
