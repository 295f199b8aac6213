/**
 * What Terraform would change in an environment now, as Markdown: `npm run -s drift -- <environment> [--allow-changes]`.
 * Changed by hand there, or merged and not yet deployed: both are differences between what is and what should be. Only
 * addresses are shown, never a value. It needs credentials that may read, and settings and state as `npm run deploy:…`
 * finds them; it takes no lock and changes nothing.
 *
 * Ends with 0 if there is nothing to change, 2 if there is (0 with `--allow-changes`), 1 if it could not be found out.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { type EnvironmentName, environmentNames } from '../infra/src/environments.ts';
import { synthesizeForDeployment } from '../infra/src/synthesize-for-deployment.ts';
import { buildLambdas } from './build.ts';

/** What is looked at of `terraform show -json`. */
export interface PlannedChanges {
  readonly resource_changes?: readonly {
    readonly address: string;
    readonly change: { readonly actions: readonly string[] };
  }[];
}

/** One line for each resource that would change. */
export function describeChanges(stackName: string, { resource_changes: changes = [] }: PlannedChanges): string {
  const lines = changes
    .filter(({ change: { actions } }) => !actions.every((action) => action === 'no-op' || action === 'read'))
    .map(({ address, change: { actions } }) => `- ${actions.join(', then ')}: \`${address}\``);
  const count = lines.length === 1 ? '1 resource' : `${lines.length} resources`;
  const heading = lines.length === 0 ? 'nothing to change' : `${count} to change`;
  return [`### ${stackName}: ${heading}`, '', ...lines, ...(lines.length === 0 ? [] : [''])].join('\n');
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { 'allow-changes': { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const environment = environmentNames.find((name) => name === positionals[0]);
  if (!environment || positionals.length > 1) throw new Error(`name one environment: ${environmentNames.join(', ')}`);

  await buildLambdas();
  // Of its own: somebody may be deploying from the usual folder.
  const outdir = await mkdtemp(join(tmpdir(), 'sessions-drift-'));
  try {
    const code = await compare(environment, outdir);
    return values['allow-changes'] ? 0 : code;
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}

/** Prints the comparison. @returns 0 if there is nothing to change, else 2 */
async function compare(environment: EnvironmentName, outdir: string): Promise<number> {
  const settingsFolder = resolve(import.meta.dirname, '..');
  const [stack] = await synthesizeForDeployment({
    environments: [environment],
    outdir,
    settingsFolder,
    env: process.env,
  });
  if (!stack) throw new Error(`No stack was written for ${environment}`);
  await terraform(stack.folder, 'init', '-input=false', '-no-color');
  // With this option 0 is no change, 2 a change, and 1 a failure.
  const options = ['-detailed-exitcode', '-input=false', '-lock=false', '-no-color', '-out=drift.plan'];
  const code = await terraform(stack.folder, 'plan', ...options);
  const show = ['show', '-json', 'drift.plan'];
  const { stdout } = await promisify(execFile)('terraform', show, { cwd: stack.folder, maxBuffer: 64 * 1024 * 1024 });
  console.log(describeChanges(stack.name, JSON.parse(stdout)));
  return code;
}

/** What it prints goes to stderr: stdout is for the result. @returns 0 or 2 @throws {Error} it failed */
async function terraform(cwd: string, ...args: string[]): Promise<number> {
  const child = spawn('terraform', args, { cwd, stdio: ['ignore', process.stderr, 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0 && code !== 2) throw new Error(`terraform ${args[0]} failed; what it said is above`);
  return code;
}

if (process.argv[1] === import.meta.filename) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    console.error(`drift: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
