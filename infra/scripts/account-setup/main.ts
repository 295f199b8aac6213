/**
 * `npm run account:setup`: makes what an AWS account needs once; `--help` says more. Runs Terraform on the stack
 * `sessions-bootstrap`. Its state begins in a file, since the bucket does not exist yet, and moves to the bucket in the
 * same run; a run that was cut off goes on where it ended.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { accountStackName } from '../../src/bootstrap/account-stack.ts';
import { synthesizeAccount } from '../../src/bootstrap/synthesize-account.ts';
import { nextSteps } from './next-steps.ts';
import { help, parseOptions, type SetupOptions, UsageError } from './options.ts';
import { findState, type StateLocation } from './state-location.ts';
import { readOutputs, terraform } from './terraform.ts';

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (!options) return console.log(help);
  const folder = resolve(options.folder ?? join(import.meta.dirname, '..', '..', '.account'));
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${accountStackName}.tfstate`);
  const key = [options.stateKeyPrefix, `${accountStackName}.tfstate`].filter((part) => part !== '').join('/');
  const { stateBucket: bucket, region } = options;
  // An emulator's address takes no bucket's name before it.
  const usePathStyle = Boolean(process.env.AWS_ENDPOINT_URL ?? process.env.AWS_ENDPOINT_URL_S3);
  const location = await findState({ bucket, region, key, file, usePathStyle });
  requireConsent(location, options);

  const inBucket = {
    bucket,
    region,
    key,
    ...(options.stateKmsKeyArn !== undefined && { kmsKeyId: options.stateKmsKeyArn }),
  };
  const write = (state: typeof inBucket | { path: string }) =>
    synthesizeAccount(folder, {
      ...options,
      state,
      adoptBucket: location === 'nowhere, but the bucket exists',
      s3UsePathStyle: usePathStyle,
    });
  const stack = write(location === 'bucket' ? inBucket : { path: file });
  await terraform(stack, 'init', '-input=false', '-reconfigure');
  if (options.planOnly) return terraform(stack, 'plan', '-input=false');
  await terraform(stack, 'apply', ...(options.autoApprove ? ['-auto-approve', '-input=false'] : []));
  if (location !== 'bucket') {
    write(inBucket);
    await terraform(stack, 'init', '-input=false', '-migrate-state', '-force-copy');
    for (const left of [file, `${file}.backup`]) rmSync(left, { force: true });
  }
  console.log(nextSteps(options, await readOutputs(stack)));
}

function requireConsent(location: StateLocation, { stateBucket, adoptBucket }: SetupOptions): void {
  if (location !== 'nowhere, but the bucket exists' || adoptBucket) return;
  throw new Error(
    `the bucket ${stateBucket} exists, and this command has not made it: add --adopt-bucket to take it over with what is in it, or choose another --state-bucket`,
  );
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`account:setup: ${error instanceof Error ? error.message : error}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
