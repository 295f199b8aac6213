import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'cdktf';
import { layProviderLock } from '../provider-lock.ts';
import { AccountStack, type AccountStackProps, accountStackName } from './account-stack.ts';

/** Writes the stack of an account. @returns the absolute path of the folder with its `cdk.tf.json` */
export function synthesizeAccount(outdir: string, props: AccountStackProps): string {
  mkdirSync(outdir, { recursive: true });
  const app = new App({ outdir, stackTraces: false });
  new AccountStack(app, props);
  app.synth();
  const folder = join(outdir, 'stacks', accountStackName);
  layProviderLock(folder);
  return folder;
}
