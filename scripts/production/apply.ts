import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EnvironmentName, stackNameOf } from '../../infra/src/environments.ts';
import { flatOutputs, type TerraformOutputs } from './outputs.ts';
import { PLAN, type PlanFacts, unpackFolder } from './package-plan.ts';
import { outdir } from './plan.ts';
import { open } from './seal.ts';
import { TerraformError, terraform, terraformJson } from './terraform.ts';

export interface ApplyOptions {
  readonly environment: EnvironmentName;
  readonly key: Buffer;
  /** Absolute; the sealed plan. */
  readonly file: string;
  /** Absolute; where the stack's outputs go. */
  readonly outputsFile: string | undefined;
}

/**
 * Applies a sealed plan, that and nothing else, and writes the outputs as `cdktf deploy --outputs-file` does.
 * @throws {Error} the file cannot be opened, is a plan of something else, or is stale
 */
export async function applyPlan({ environment, key, file, outputsFile }: ApplyOptions): Promise<PlanFacts> {
  const name = stackNameOf(environment);
  const folder = join(outdir, 'stacks', name);
  const facts = await openPlan(file, key, folder);
  try {
    if (facts.environment !== environment)
      throw new Error(`${file} is a plan of ${facts.environment}, not of ${environment}`);
    await terraform(folder, 'init', '-input=false', '-no-color');
    await terraform(folder, 'apply', '-input=false', '-no-color', '-lock-timeout=10m', PLAN).catch(explainRefusal);
  } finally {
    await rm(join(folder, PLAN), { force: true });
  }
  if (outputsFile) {
    const outputs = (await terraformJson(folder, 'output', '-json')) as TerraformOutputs;
    await writeFile(outputsFile, `${JSON.stringify({ [name]: flatOutputs(outputs) }, null, 2)}\n`);
  }
  return facts;
}

async function openPlan(file: string, key: Buffer, folder: string): Promise<PlanFacts> {
  try {
    return await unpackFolder(open(await readFile(file), key), folder);
  } catch (error) {
    throw new Error(`${file} cannot be used: ${(error as Error).message}`, { cause: error });
  }
}

/** Terraform compares the state with the one that the plan was made from, under the state's lock. */
function explainRefusal(error: unknown): never {
  const isStale = error instanceof TerraformError && /Saved plan (is stale|does not match)/.test(error.complaint);
  if (!isStale) throw error;
  throw new Error(
    'the plan is stale: the state has moved since it was made, and nothing was changed. Plan again, and look at that ' +
      'plan: npm run plan:prod (in the pipeline: re-run all jobs of the run that planned)',
    { cause: error },
  );
}
