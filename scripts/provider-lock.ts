/**
 * Writes `infra/.terraform.lock.hcl`, the checksums of the pinned AWS provider: `npm run provider:lock`.
 *
 * With `TERRAFORM_INIT=download`, from the registry: the file then has the checksums of every platform. Without, from a
 * folder of this machine (see `scripts/terraform/command.ts`): of the one platform whose package is there.
 */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awsProviderVersion, lockFile, lockFileName } from '../infra/src/index.ts';
import { findTerraform, terraform } from './terraform/command.ts';

/** @throws {Error} Terraform or the provider is not there */
async function writeLock(): Promise<void> {
  const found = await findTerraform();
  if (typeof found === 'string') throw new Error(found);
  const folder = await mkdtemp(join(tmpdir(), 'sessions-lock-'));
  try {
    const aws = { source: 'hashicorp/aws', version: awsProviderVersion };
    const json = { terraform: { required_providers: { aws } } };
    await writeFile(join(folder, 'main.tf.json'), JSON.stringify(json));
    await terraform(folder, ['init', '-input=false', '-no-color', ...found.initArguments]);
    await copyFile(join(folder, lockFileName), lockFile);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  await writeLock();
  console.log(`provider: ${awsProviderVersion} is locked; commit infra/${lockFileName}`);
} catch (error) {
  console.error(`provider: ${(error as Error).message}`);
  process.exitCode = 1;
}
