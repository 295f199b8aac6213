import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { EnvironmentName } from '../../infra/src/environments.ts';
import { defaultOutdir, type SynthesizedStack } from '../../infra/src/synthesize.ts';
import { synthesizeForDeployment } from '../../infra/src/synthesize-for-deployment.ts';
import { describeChanges, type PlannedChanges } from '../drift.ts';
import { losses, requireAllowed } from './guard.ts';
import { PLAN, packFolder } from './package-plan.ts';
import { seal } from './seal.ts';
import { terraform, terraformJson } from './terraform.ts';

const root = resolve(import.meta.dirname, '../..');
/** Not the folder that cdktf uses: somebody may be deploying from it. A state in a file has the same path from both. */
export const outdir = join(defaultOutdir, 'production');

export interface PlanOptions {
  readonly environment: EnvironmentName;
  readonly key: Buffer;
  /** Absolute; where the sealed plan goes. */
  readonly file: string;
  /** Addresses of APIs, tables and user pools that the plan may delete or replace. */
  readonly allowReplace: readonly string[];
  /** Hears what the plan would do, as Markdown, before the plan is refused or written. */
  readonly report: (markdown: string) => void;
}

/**
 * Plans what a deployment of the bundles in place changes, and writes the plan, sealed. It takes no lock, so that a role
 * that may only read is enough: if the state moves meanwhile, Terraform refuses the plan when it is applied.
 * @returns whether there is something to change
 * @throws {Error} Terraform failed, or the plan loses what it may not
 */
export async function planDeployment({ environment, key, file, allowReplace, report }: PlanOptions): Promise<boolean> {
  const { name, folder } = await layStack(environment);
  await terraform(folder, 'init', '-input=false', '-no-color');
  const options = ['-detailed-exitcode', '-input=false', '-lock=false', '-no-color', `-out=${PLAN}`];
  const code = await terraform(folder, 'plan', ...options);
  try {
    const changes = (await terraformJson(folder, 'show', '-json', PLAN)) as PlannedChanges;
    const lost = losses(changes);
    report(describeChanges(name, changes));
    if (lost.length > 0) report(`**Lost with this plan:** ${lost.map((address) => `\`${address}\``).join(', ')}\n`);
    requireAllowed(lost, allowReplace);
    const facts = { environment, commit: await currentCommit(), plannedAt: new Date().toISOString() };
    await writeFile(file, seal(await packFolder(folder, facts), key));
  } finally {
    await rm(join(folder, PLAN), { force: true });
  }
  return code === 2;
}

async function layStack(environment: EnvironmentName): Promise<SynthesizedStack> {
  // What an earlier version left would be packed, too.
  await rm(join(outdir, 'stacks'), { recursive: true, force: true });
  const [stack] = await synthesizeForDeployment({
    environments: [environment],
    outdir,
    settingsFolder: root,
    env: process.env,
  });
  if (!stack) throw new Error(`No stack was written for ${environment}`);
  return stack;
}

/** What the bundles were made of is said by their manifest, which is beside them in a pipeline only. */
async function currentCommit(): Promise<string> {
  const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: root }).catch(() => ({
    stdout: 'unknown',
  }));
  return stdout.trim();
}
