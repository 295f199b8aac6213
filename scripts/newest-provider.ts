/**
 * Tries the newest AWS provider on every environment, and reports as Markdown what it does differently from the pinned
 * one: `npm run -s provider:newest [-- <environment>…]`. It needs bundles (`npm run build`), Terraform, and the registry
 * (`TERRAFORM_INIT=download`) or a folder with providers; no account. What fails is in the report: the exit code is 0.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  awsProviderVersion,
  environmentNames,
  lockFileName,
  type SynthesizedStack,
  synthesize,
} from '../infra/src/index.ts';
import { findTerraform, type Terraform } from './terraform/command.ts';
import { startTerraform, type TerraformFolder } from './terraform/folder.ts';
import { summarizePlan } from './terraform/plan-summary.ts';
import { compareWithSnapshot } from './terraform/snapshot.ts';

async function report(found: Terraform, stacks: readonly SynthesizedStack[]): Promise<string> {
  const folders: TerraformFolder[] = [];
  try {
    for (const stack of stacks) {
      const [initializedIn] = folders;
      folders.push(await startTerraform(found, stack, { provider: 'newest', ...(initializedIn && { initializedIn }) }));
    }
    const lines: string[] = [];
    for (const [index, stack] of stacks.entries()) lines.push(await tryStack(stack, folders[index] as TerraformFolder));
    const version = await versionIn(folders[0]);
    return [`### AWS provider ${version} (pinned: ${awsProviderVersion})`, '', ...lines].join('\n');
  } finally {
    await Promise.all(folders.map((folder) => folder.stop()));
  }
}

async function tryStack(stack: SynthesizedStack, folder: TerraformFolder): Promise<string> {
  try {
    await folder.validate(stack);
    const difference = await compareWithSnapshot(stack.name, await summarizePlan(stack, await folder.plan(stack)));
    return difference ? `- ${stack.name}: **plans something else**${quote(difference)}` : `- ${stack.name}: same plan`;
  } catch (error) {
    return `- ${stack.name}: **fails**${quote((error as Error).message)}`;
  }
}

/** A block that no line of Terraform can close. */
const quote = (text: string): string => `\n\n~~~~~~\n${text.trim()}\n~~~~~~\n`;

async function versionIn(folder: TerraformFolder | undefined): Promise<string> {
  const lock = folder ? await readFile(join(folder.path, lockFileName), 'utf8') : '';
  return /^ {2}version += "(.*)"$/m.exec(lock)?.[1] ?? 'of unknown version';
}

async function main(names: readonly string[]): Promise<void> {
  const environments = environmentNames.filter((name) => names.length === 0 || names.includes(name));
  if (environments.length < names.length) throw new Error(`name environments: ${environmentNames.join(', ')}`);
  const found = await findTerraform();
  if (typeof found === 'string') throw new Error(found);
  const outdir = await mkdtemp(join(tmpdir(), 'sessions-newest-'));
  try {
    console.log(await report(found, synthesize({ environments, outdir })));
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  // Not about the provider: it could not be tried.
  console.error(`provider: ${(error as Error).message}`);
  process.exitCode = 1;
}
