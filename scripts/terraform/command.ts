import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where Terraform gets the AWS provider from. */
export interface Terraform {
  readonly initArguments: readonly string[];
}

/**
 * Says where Terraform gets the provider from, or, as text, why it cannot be used here. The provider comes from a folder
 * of this machine, in the layout of `terraform providers mirror`: from `TERRAFORM_PLUGIN_DIR`, else found in the usual
 * places. With `TERRAFORM_INIT=download` Terraform fetches it instead.
 */
export async function findTerraform(): Promise<Terraform | string> {
  try {
    await run('terraform', ['version'], { env: terraformEnvironment() });
  } catch {
    return 'terraform is not on the PATH';
  }
  if (process.env.TERRAFORM_INIT === 'download') return { initArguments: [] };
  const folder = process.env.TERRAFORM_PLUGIN_DIR ?? (await findPluginFolder('/', 3));
  return folder
    ? { initArguments: [`-plugin-dir=${folder}`] }
    : 'no folder with the AWS provider was found (set TERRAFORM_PLUGIN_DIR, or TERRAFORM_INIT=download)';
}

/**
 * Runs Terraform in a folder, with nothing of this process's AWS settings.
 * @returns what it printed
 * @throws {Error} with what it complained about
 */
export async function terraform(
  folder: string,
  args: readonly string[],
  { env = {}, input = '' }: { env?: Readonly<Record<string, string>>; input?: string } = {},
): Promise<string> {
  const running = run('terraform', args, {
    cwd: folder,
    env: { ...terraformEnvironment(), ...env },
    maxBuffer: 64 * 1024 * 1024,
  });
  running.child.stdin?.end(input);
  try {
    return (await running).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    // Complaints go to stderr; stdout is the plan so far.
    throw new Error(`terraform ${args[0]} failed:\n${stderr || stdout}`, { cause: error });
  }
}

/** The environment without AWS settings, and without a configuration file that is not there. */
function terraformEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(
    ([name, value]) =>
      !name.startsWith('AWS_') &&
      !name.startsWith('TF_VAR_') &&
      !(name === 'TF_CLI_CONFIG_FILE' && !existsSync(value ?? '')),
  );
  return { ...Object.fromEntries(entries), CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' };
}

/** Not below these: big, and no place for a provider. */
const skipped = new Set(['proc', 'sys', 'dev', 'run', 'tmp', 'lib', 'bin', 'sbin', 'boot', 'node_modules', 'doc']);

/** Finds a folder with `<host>/hashicorp/aws`, breadth first, `depth` levels down. */
async function findPluginFolder(start: string, depth: number): Promise<string | undefined> {
  let level = [start];
  for (let down = 0; down <= depth; down += 1) {
    const next: string[] = [];
    for (const folder of level) {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
      // A host has a dot in its name; what starts with one is hidden.
      if (names.some((name) => /^[^.]+\./.test(name) && existsSync(join(folder, name, 'hashicorp', 'aws')))) {
        return folder;
      }
      next.push(...names.filter((name) => !skipped.has(name)).map((name) => join(folder, name)));
    }
    level = next;
  }
  return undefined;
}
