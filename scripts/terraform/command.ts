import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { awsProviderVersion } from '../../infra/src/provider-lock.ts';

const run = promisify(execFile);

/** Where Terraform gets the AWS provider from. */
export interface Terraform {
  readonly initArguments: readonly string[];
}

/** The oldest Terraform that the stacks work with: it can lock a state in S3 without a table. */
export const oldestTerraform = '1.11';

/**
 * Says where Terraform gets the provider from, or, as text, why it cannot be used here. The provider comes from a folder
 * of this machine, in the layout of `terraform providers mirror`: from `TERRAFORM_PLUGIN_DIR`, else found in the usual
 * places. With `TERRAFORM_INIT=download` Terraform fetches it instead.
 */
export async function findTerraform(): Promise<Terraform | string> {
  const version = await terraformVersion();
  if (version === undefined) return 'terraform is not on the PATH';
  if (!isSupported(version)) return `terraform ${version}`;
  if (process.env.TERRAFORM_INIT === 'download') return { initArguments: [] };
  const named = process.env.TERRAFORM_PLUGIN_DIR;
  const folder = named === undefined ? await findPluginFolder('/', 3) : (await hasProvider(named)) ? named : undefined;
  return folder
    ? { initArguments: [`-plugin-dir=${folder}`] }
    : `no folder with version ${awsProviderVersion} of the AWS provider`;
}

/** Returns the version of the Terraform on the PATH; undefined: there is none, or it does not run. */
async function terraformVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await run('terraform', ['version', '-json'], { env: terraformEnvironment() });
    return String(JSON.parse(stdout).terraform_version);
  } catch {
    return undefined;
  }
}

/** Says whether it is `oldestTerraform` or a later one of the same major version. */
function isSupported(version: string): boolean {
  const [major, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor = 0] = oldestTerraform.split('.').map(Number);
  return major === oldestMajor && minor >= oldestMinor;
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

/** Says whether the folder has `<host>/hashicorp/aws` in the version that is wanted, unpacked or packed. */
async function hasProvider(folder: string): Promise<boolean> {
  const hosts = await readdir(folder).catch(() => []);
  for (const host of hosts) {
    if (!/^[^.]+\./.test(host)) continue; // a host has a dot in its name; what starts with one is hidden
    const versions = await readdir(join(folder, host, 'hashicorp', 'aws')).catch(() => []);
    const packed = `terraform-provider-aws_${awsProviderVersion}_`;
    if (versions.some((name) => name === awsProviderVersion || name.startsWith(packed))) return true;
  }
  return false;
}

/** Finds a folder with the AWS provider, breadth first, `depth` levels down. */
async function findPluginFolder(start: string, depth: number): Promise<string | undefined> {
  let level = [start];
  for (let down = 0; down <= depth; down += 1) {
    const next: string[] = [];
    for (const folder of level) {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
      if (names.some((name) => name.includes('.')) && (await hasProvider(folder))) return folder;
      next.push(...names.filter((name) => !skipped.has(name)).map((name) => join(folder, name)));
    }
    level = next;
  }
  return undefined;
}
