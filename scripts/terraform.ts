/**
 * Checks the synthesized stacks with the real Terraform and the real AWS provider, without an account:
 * `node scripts/terraform.ts [environment…]` (all by default) validates and plans each, from `infra/cdktf.out`.
 *
 * The provider comes from a folder of this machine, in the layout of `terraform providers mirror`: from
 * `TERRAFORM_PLUGIN_DIR`, else found in the usual places. With `TERRAFORM_INIT=download` Terraform fetches it instead.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type EnvironmentName, environmentNames, type SynthesizedStack, synthesize } from '../infra/src/index.ts';

const run = promisify(execFile);

/** What `terraform plan` says that it would make: addresses and values known beforehand. */
export interface Plan {
  readonly resource_changes: readonly {
    readonly address: string;
    readonly type: string;
    readonly change: { readonly actions: readonly string[]; readonly after: Readonly<Record<string, unknown>> };
  }[];
}

/** A folder in which Terraform is initialized. All stacks need the same provider, so one is enough for all of them. */
export interface TerraformFolder {
  /** @throws {Error} with what Terraform printed */
  validate(stack: SynthesizedStack): Promise<void>;
  /** @throws {Error} with what Terraform printed */
  plan(stack: SynthesizedStack, variables?: Readonly<Record<string, string | number>>): Promise<Plan>;
  /** Deletes the folder. */
  stop(): Promise<void>;
}

/** Says where Terraform gets the provider from, or, as text, why the check is not possible here. */
export async function findTerraform(): Promise<{ initArguments: readonly string[] } | string> {
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

/** Initializes a new temporary folder with what `stack` requires. */
export async function startTerraform(
  { initArguments }: { initArguments: readonly string[] },
  stack: SynthesizedStack,
): Promise<TerraformFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'sessions-terraform-'));
  const terraform = async (...args: readonly string[]): Promise<string> => {
    try {
      const options = { cwd: folder, env: terraformEnvironment(), maxBuffer: 64 * 1024 * 1024 };
      return (await run('terraform', args, options)).stdout;
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      // Complaints go to stderr; stdout is the plan so far.
      throw new Error(`terraform ${args[0]} failed:\n${stderr || stdout}`, { cause: error });
    }
  };
  const load = async (next: SynthesizedStack): Promise<void> => {
    await copyFile(next.file, join(folder, 'cdk.tf.json'));
    await rm(join(folder, 'assets'), { force: true });
    await symlink(join(next.folder, 'assets'), join(folder, 'assets'));
  };

  await load(stack);
  await writeFile(join(folder, 'override.tf.json'), JSON.stringify(withoutAccount));
  await terraform('init', '-input=false', '-no-color', ...initArguments);

  return {
    validate: async (next) => {
      await load(next);
      await terraform('validate', '-no-color');
    },
    plan: async (next, variables = {}) => {
      await load(next);
      const values = Object.entries(variables).flatMap(([name, value]) => ['-var', `${name}=${value}`]);
      await terraform('plan', '-input=false', '-no-color', '-lock=false', '-out=plan', ...values);
      return JSON.parse(await terraform('show', '-json', 'plan'));
    },
    stop: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Laid over the stack: makes the provider ask nobody who it is, and keeps the state here. */
const withoutAccount = {
  terraform: { backend: { local: { path: 'terraform.tfstate' } } },
  provider: {
    aws: [
      {
        access_key: 'none',
        secret_key: 'none',
        skip_credentials_validation: true,
        skip_requesting_account_id: true,
        skip_metadata_api_check: true,
      },
    ],
  },
};

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

async function main(environments: EnvironmentName[]): Promise<void> {
  const terraform = await findTerraform();
  if (typeof terraform === 'string') {
    console.log(`terraform: skipped, ${terraform}`);
    return;
  }
  const stacks = synthesize({ environments });
  const [first] = stacks;
  if (!first) return;
  const folder = await startTerraform(terraform, first);
  try {
    for (const stack of stacks) {
      await folder.validate(stack);
      const { resource_changes } = await folder.plan(stack);
      console.log(`terraform: ${stack.name} is valid, and its plan makes ${resource_changes.length} resources`);
    }
  } finally {
    await folder.stop();
  }
}

if (process.argv[1] === import.meta.filename) {
  const asked = process.argv.slice(2);
  const unknown = asked.find((name) => !environmentNames.includes(name as EnvironmentName));
  if (unknown !== undefined) {
    console.error(`${unknown} is no environment: use ${environmentNames.join(', ')}`);
    process.exitCode = 1;
  } else {
    await main(asked.length > 0 ? (asked as EnvironmentName[]) : environmentNames).catch((error: Error) => {
      console.error(error.message);
      process.exitCode = 1;
    });
  }
}
