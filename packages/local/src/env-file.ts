import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { EnvFileError } from './errors.ts';
import type { LocalStack } from './local-stack.ts';

/**
 * What lets the AWS CLI and SDKs of this machine use a local stack, as an operator who may do everything: their own
 * standard variables. `@connections` has an endpoint of its own, since its paths begin with the stage.
 * @see "Service-specific endpoints", AWS SDKs and Tools Reference Guide
 */
export function awsEnvironment({ endpoint, stage, stack, credentials }: AwsStack): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: `${endpoint}/${stage}`,
    AWS_REGION: stack.region,
    // boto3 reads this one only.
    AWS_DEFAULT_REGION: stack.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    // Empty, or that of a real account, if the shell has one, would be sent with these keys.
    AWS_SESSION_TOKEN: credentials.sessionToken ?? '',
  };
}

export type AwsStack = Pick<LocalStack, 'endpoint' | 'stage' | 'credentials'> & {
  readonly stack: Pick<LocalStack['stack'], 'region'>;
};

/** As lines that `sh` and `node --env-file` read; no value has a character that needs quotes. */
export const envLines = (environment: Readonly<Record<string, string>>): string =>
  Object.entries(environment)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

/**
 * Checks, before anything is started, that a file can be put there.
 * @throws {EnvFileError}
 */
export async function checkEnvFile(file: string): Promise<void> {
  const path = resolve(file);
  if (
    await stat(path).then(
      (found) => !found.isFile(),
      () => false,
    )
  ) {
    throw new EnvFileError(path, 'is there and is no file');
  }
  const draft = draftOf(path);
  await write(draft, '', path);
  await rm(draft, { force: true });
}

/**
 * Writes a file that only this user can read, at once: its readers see all of it.
 * @returns removes it, unless another process has written it since
 * @throws {EnvFileError}
 */
export async function writeEnvFile(file: string, lines: string): Promise<() => Promise<void>> {
  const path = resolve(file);
  const draft = draftOf(path);
  await write(draft, lines, path);
  await rename(draft, path);
  return async () => {
    if ((await readFile(path, 'utf8').catch(() => '')) === lines) await rm(path, { force: true });
  };
}

const draftOf = (path: string): string => join(dirname(path), `.env-file-${randomUUID()}`);

async function write(draft: string, lines: string, path: string): Promise<void> {
  try {
    await writeFile(draft, lines, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throw new EnvFileError(path, `cannot be written: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
