import { copyFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFileName, type SynthesizedStack } from '../../infra/src/index.ts';
import { type Terraform, terraform } from './command.ts';

/** What `terraform plan` says that it would do: addresses, and values as far as they are known beforehand. */
export interface Plan {
  readonly resource_changes: readonly ResourceChange[];
  readonly variables?: Readonly<Record<string, { readonly value: unknown }>>;
}

export interface ResourceChange {
  readonly address: string;
  readonly type: string;
  readonly name: string;
  readonly change: {
    /** `create`, `update`, `delete`, `no-op`; a replacement has two. */
    readonly actions: readonly string[];
    readonly after: Readonly<Record<string, unknown>>;
  };
}

export type VariableValues = Readonly<Record<string, string | number | boolean>>;

/** A folder in which Terraform is initialized. */
export interface TerraformFolder {
  readonly path: string;
  /** Puts another stack in the place of the one that is there. */
  load(stack: SynthesizedStack): Promise<void>;
  /** Loads the stack and validates it. @throws {Error} with what Terraform complained about */
  validate(stack: SynthesizedStack): Promise<void>;
  /** Loads the stack and plans it. @throws {Error} with what Terraform complained about */
  plan(stack: SynthesizedStack, variables?: VariableValues): Promise<Plan>;
  /** Any other command. @returns what it printed @throws {Error} with what Terraform complained about */
  run(...args: readonly string[]): Promise<string>;
  /** Deletes the folder. */
  stop(): Promise<void>;
}

export interface TerraformFolderOptions {
  /** Laid over the stack. Default: `withoutAccount`. */
  readonly override?: object;
  readonly env?: Readonly<Record<string, string>>;
  /** A folder that is initialized for the same provider: saves doing so again. It must outlive this one. */
  readonly initializedIn?: TerraformFolder;
  /** Default: the version and checksum of the stack's lock file. `newest`: the newest that there is. */
  readonly provider?: 'locked' | 'newest';
}

/** Makes the provider ask nobody who it is, and keeps the state in the folder. */
export const withoutAccount = {
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

/** Takes the pin away. */
const anyProvider = { terraform: { required_providers: { aws: { source: 'hashicorp/aws', version: '>= 5.0.0' } } } };

/** Makes a temporary folder, with `stack` in it, and initializes it. */
export async function startTerraform(
  { initArguments }: Terraform,
  stack: SynthesizedStack,
  { override = withoutAccount, env = {}, initializedIn, provider = 'locked' }: TerraformFolderOptions = {},
): Promise<TerraformFolder> {
  const path = await mkdtemp(join(tmpdir(), 'sessions-terraform-'));
  const run = (...args: readonly string[]) => terraform(path, args, { env });
  const load = async (next: SynthesizedStack): Promise<void> => {
    await copyFile(next.file, join(path, 'cdk.tf.json'));
    await rm(join(path, 'assets'), { force: true });
    await symlink(join(next.folder, 'assets'), join(path, 'assets'));
  };

  await load(stack);
  await writeFile(join(path, 'override.tf.json'), JSON.stringify(override));
  if (provider === 'newest') await writeFile(join(path, 'newest_override.tf.json'), JSON.stringify(anyProvider));
  if (initializedIn) {
    await symlink(join(initializedIn.path, '.terraform'), join(path, '.terraform'));
    await copyFile(join(initializedIn.path, lockFileName), join(path, lockFileName));
  } else {
    if (provider === 'locked') await copyFile(join(stack.folder, lockFileName), join(path, lockFileName));
    await run('init', '-input=false', '-no-color', ...initArguments);
  }

  return {
    path,
    load,
    run,
    validate: async (next) => {
      await load(next);
      await run('validate', '-no-color');
    },
    plan: async (next, variables = {}) => {
      await load(next);
      await run('plan', '-input=false', '-no-color', '-lock=false', '-out=plan', ...variableArguments(variables));
      return JSON.parse(await run('show', '-json', 'plan'));
    },
    stop: () => rm(path, { recursive: true, force: true }),
  };
}

/** The values as Terraform's command line takes them. */
export const variableArguments = (variables: VariableValues): string[] =>
  Object.entries(variables).flatMap(([name, value]) => ['-var', `${name}=${value}`]);
