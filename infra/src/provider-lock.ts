import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The one version of the AWS provider that the tests run. To change it: docs/deployment.md, "Another AWS provider". */
export const awsProviderVersion = '5.100.0';

/** As Terraform names it, in the folder of a stack too. */
export const lockFileName = '.terraform.lock.hcl';

/** Made by `npm run provider:lock`, and committed. */
export const lockFile = resolve(import.meta.dirname, '..', lockFileName);

/**
 * Puts the committed lock file of the provider beside a stack: Terraform then takes that version, and no other bytes.
 *
 * A lock made without the registry has the checksum of the one package that was there, that of Linux on x86-64. On other
 * platforms Terraform would refuse every package: there the version alone is held, and HashiCorp's signature is checked.
 */
export function layProviderLock(stackFolder: string, platform = `${process.platform}-${process.arch}`): void {
  const lock = readFileSync(lockFile, 'utf8');
  const hasEveryPlatform = lock.includes('"zh:');
  const isUsable = hasEveryPlatform || platform === 'linux-x64';
  writeFileSync(join(stackFolder, lockFileName), isUsable ? lock : withoutHashes(lock));
}

const withoutHashes = (lock: string): string => lock.replaceAll(/^ {2}hashes = \[\n(?: {4}.*\n)* {2}\]\n/gm, '');
