import { mkdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { App } from 'cdktf';
import { isProtectedByDefault } from './deletion-protection.ts';
import { type EnvironmentName, environmentNames, stackNameOf } from './environments.ts';
import { layProviderLock } from './provider-lock.ts';
import { SessionsStack } from './sessions-stack.ts';
import type { S3State } from './state.ts';

const infraFolder = resolve(import.meta.dirname, '..');

/** Where `npm run synth` and cdktf put the stacks. */
export const defaultOutdir = join(infraFolder, 'cdktf.out');

export interface SynthesizeOptions {
  /** Default: all. */
  readonly environments?: readonly EnvironmentName[];
  /** Absolute; made if it is not there. Default: `infra/cdktf.out`. */
  readonly outdir?: string;
  /** Absolute; where the bundles are, as `<function>/dist/function.zip`. Default: `packages/functions`. */
  readonly functionsFolder?: string;
  /** Where the state is kept. Default, of each environment: in a file beside the app. */
  readonly states?: Readonly<Partial<Record<EnvironmentName, S3State | undefined>>>;
  /** Whether Terraform refuses to delete what holds data. Default, of each environment: that of `deletion_protection`. */
  readonly protections?: Readonly<Partial<Record<EnvironmentName, boolean>>>;
}

/** A stack that was written. */
export interface SynthesizedStack {
  readonly environment: EnvironmentName;
  readonly name: string;
  /** Absolute: `<outdir>/stacks/<name>`. Paths inside the stack file are relative to it. */
  readonly folder: string;
  /** Absolute: the `cdk.tf.json` in it. */
  readonly file: string;
}

/**
 * Writes the Terraform JSON of each environment, with its bundles and the lock file of the provider beside it.
 * @throws {Error} a bundle is missing; the message names it and says what to run
 */
export function synthesize({
  environments = environmentNames,
  outdir = defaultOutdir,
  functionsFolder = resolve(infraFolder, '..', 'packages', 'functions'),
  states = {},
  protections = {},
}: SynthesizeOptions = {}): SynthesizedStack[] {
  mkdirSync(outdir, { recursive: true });
  // Stack traces in the output would carry paths of the machine that made it.
  const app = new App({ outdir, stackTraces: false });
  const stacks = environments.map((environment): SynthesizedStack => {
    const name = stackNameOf(environment);
    const folder = join(outdir, 'stacks', name);
    // Beside the app, not in the output folder, which may be deleted at any time.
    const path = relative(folder, join(infraFolder, `terraform.${name}.tfstate`));
    new SessionsStack(app, {
      environment,
      functionsFolder,
      state: states[environment] ?? { path },
      isProtected: protections[environment] ?? isProtectedByDefault(environment),
    });
    return { environment, name, folder, file: join(folder, 'cdk.tf.json') };
  });
  app.synth();
  for (const { folder } of stacks) layProviderLock(folder);
  return stacks;
}
