/**
 * Checks every environment with the real Terraform and the real AWS provider, without an account:
 * `npm run terraform [-- --update] [environment…]` (all by default). What is written by hand in Terraform's syntax
 * must be formatted; each stack, synthesized anew from the bundles that were built, must be valid; and its plan must be
 * the one in `infra/test/snapshots`, which `--update` writes anew.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { type EnvironmentName, environmentNames, type SynthesizedStack, synthesize } from '../infra/src/index.ts';
import { findTerraform, type Terraform, terraform } from './terraform/command.ts';
import { startTerraform, type TerraformFolder } from './terraform/folder.ts';
import { summarizePlan } from './terraform/plan-summary.ts';
import { compareWithSnapshot, writeSnapshot } from './terraform/snapshot.ts';

export { findTerraform, type Terraform } from './terraform/command.ts';
export * from './terraform/folder.ts';

const root = resolve(import.meta.dirname, '..');

/** A provider takes 700 MB and more than one core: no more than these at once. */
const plansAtOnce = 2;

async function main(environments: readonly EnvironmentName[], update: boolean): Promise<void> {
  const found = await findTerraform();
  if (typeof found === 'string') {
    console.log(`terraform: skipped, ${found}`);
    return;
  }
  await checkFormat();
  const outdir = await mkdtemp(join(tmpdir(), 'sessions-plans-'));
  try {
    await checkStacks(found, synthesize({ environments, outdir }), update);
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}

/** @throws {Error} a file in Terraform's syntax is not formatted as `terraform fmt` does it */
async function checkFormat(): Promise<void> {
  const patterns = ['*.tf', '*.tfvars', '*.tfvars.example', '*.tftest.hcl'];
  const { stdout } = await promisify(execFile)('git', ['ls-files', '-z', '--', ...patterns], { cwd: root });
  for (const file of stdout.split('\0').filter(Boolean)) {
    const text = await readFile(join(root, file), 'utf8');
    // An example is all comments: what counts is how it looks when they are taken away.
    for (const input of [text, text.replaceAll(/^# (?=\w+ += )/gm, '')]) {
      await terraform(root, ['fmt', '-check', '-diff', '-no-color', '-'], { input }).catch((error: Error) => {
        throw new Error(`${file} is not formatted: ${error.message}`, { cause: error });
      });
    }
  }
}

async function checkStacks(found: Terraform, stacks: readonly SynthesizedStack[], update: boolean): Promise<void> {
  const [first, ...others] = stacks;
  if (!first) return;
  const folders: [SynthesizedStack, TerraformFolder][] = [[first, await startTerraform(found, first)]];
  const initializedIn = folders[0]?.[1];
  try {
    for (const stack of others) {
      folders.push([stack, await startTerraform(found, stack, initializedIn && { initializedIn })]);
    }
    const waiting = folders.values();
    const differences: string[] = [];
    const work = async () => {
      for (const [stack, folder] of waiting) {
        const difference = await checkStack(stack, folder, update);
        if (difference) differences.push(difference);
      }
    };
    await Promise.all(Array.from({ length: plansAtOnce }, work));
    if (differences.length > 0) throw new Error(differences.join('\n'));
  } finally {
    await Promise.all(folders.map(([, folder]) => folder.stop()));
  }
}

/** @returns how the plan differs from its snapshot, if it does */
async function checkStack(
  stack: SynthesizedStack,
  folder: TerraformFolder,
  update: boolean,
): Promise<string | undefined> {
  await folder.validate(stack);
  const plan = await folder.plan(stack);
  const summary = await summarizePlan(stack, plan);
  if (update) await writeSnapshot(stack.name, summary);
  console.log(`terraform: ${stack.name} is valid, and its plan makes ${plan.resource_changes.length} resources`);
  return update ? undefined : compareWithSnapshot(stack.name, summary);
}

if (process.argv[1] === import.meta.filename) {
  try {
    const { values, positionals } = parseArgs({ options: { update: { type: 'boolean' } }, allowPositionals: true });
    const isEnvironment = (name: string): name is EnvironmentName => environmentNames.some((each) => each === name);
    const unknown = positionals.find((name) => !isEnvironment(name));
    if (unknown !== undefined) throw new Error(`${unknown} is no environment: use ${environmentNames.join(', ')}`);
    const asked = positionals.filter(isEnvironment);
    await main(asked.length > 0 ? asked : environmentNames, values.update ?? false);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
