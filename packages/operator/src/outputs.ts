import { readFile } from 'node:fs/promises';
import { paginateGetParametersByPath, SSMClient } from '@aws-sdk/client-ssm';
import * as z from 'zod/mini';
import { OperatorError, UsageError } from './errors.ts';

/** The first part of every resource's name, and of every parameter's. */
const PROJECT = 'sessions';

const text = () => z.string().check(z.minLength(1));
const schema = z.object({
  sessions_table_name: text(),
  connections_table_name: text(),
  notifier_function_name: text(),
  deliverer_function_name: text(),
  changes_failed_queue_url: text(),
  deliveries_failed_queue_url: text(),
});

/** What the commands need to know of an environment: outputs of its stack. */
export type Outputs = z.infer<typeof schema>;

/**
 * Reads the outputs that each deployment leaves as parameters of Systems Manager, `/sessions/<environment>/<name>`.
 * @param environment absent: the only one that there is (a local stack)
 * @throws {OperatorError} there is no such environment
 */
export async function readDeployedOutputs(environment: string | undefined): Promise<Outputs> {
  if (environment !== undefined && !/^[a-z][a-z0-9-]{0,31}$/.test(environment)) {
    throw new UsageError(`--env must be the name of an environment, such as dev, not ${JSON.stringify(environment)}`);
  }
  const client = new SSMClient({ maxAttempts: 3 });
  const byEnvironment = new Map<string, Record<string, string>>();
  const path = environment === undefined ? `/${PROJECT}` : `/${PROJECT}/${environment}`;
  for await (const { Parameters = [] } of paginateGetParametersByPath({ client }, { Path: path, Recursive: true })) {
    for (const { Name = '', Value = '' } of Parameters) {
      const [, , owner = '', name = ''] = Name.split('/');
      byEnvironment.set(owner, { ...byEnvironment.get(owner), [name]: Value });
    }
  }
  const where = `in ${await client.config.region()}`;
  const [[name, found] = [], ...others] = byEnvironment;
  if (found === undefined) {
    throw new OperatorError(
      `there is no environment ${environment ?? ''} ${where}, or it was never deployed: is it another Region (AWS_REGION), or another account?`,
    );
  }
  if (others.length > 0) {
    throw new UsageError(`there are ${[...byEnvironment.keys()].join(', ')} ${where}: name one by --env`);
  }
  return checked(found, `${name} ${where}`);
}

/** Reads them from a file, as `cdktf deploy --outputs-file`, `terraform output -json` or a script writes them. */
export async function readOutputsFile(file: string): Promise<Outputs> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`--outputs ${file} could not be read as JSON: ${(error as Error).message}`);
  }
  return checked(findOutputs(json) ?? {}, `--outputs ${file}`);
}

function findOutputs(json: unknown): Record<string, string> | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const entries = Object.entries(json);
  if ('sessions_table_name' in json) {
    return Object.fromEntries(entries.map(([name, value]) => [name, String(value?.value ?? value)]));
  }
  return entries.length === 1 ? findOutputs(entries[0]?.[1]) : undefined;
}

function checked(outputs: Record<string, string>, source: string): Outputs {
  const result = schema.safeParse(outputs);
  if (result.success) return result.data;
  const missing = result.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw new OperatorError(`${source} does not say ${missing}: deploy this version there first`);
}
