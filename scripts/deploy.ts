/**
 * Deploys one environment, shows what a deployment would change, or takes an environment away:
 *
 *     npm run deploy:dev | diff:dev | destroy:dev [-- <options>]      (pnpm deploy:dev [<options>]; staging, prod too)
 *
 * Options of its own: `--no-build` takes the bundles in `packages/functions/<name>/dist` as they are (a pipeline promotes
 * what it has built and tested once), `--confirm <stack>` is asked for before production is destroyed. Every other option
 * goes to cdktf unchanged: `--auto-approve` (no question), `--migrate-state` (after the backend changed), `--outputs-file
 * <path>`, `--var name=value`, `--no-color`, `--refresh-only`. The exit code is cdktf's.
 *
 * What happens, in this order:
 * 1. The tools are looked for: `terraform` (1.11 or later, on the PATH) and cdktf (installed with the rest).
 * 2. `cdktf <command> sessions-<environment>` runs. It calls the CDKTF app (`infra/src/main.ts`), which bundles the
 *    Lambdas that changed (`packages/functions/<name>/dist/function.zip`; the same source gives the same bytes) and
 *    writes `infra/cdktf.out/stacks/sessions-<environment>/`: `cdk.tf.json`, the bundles, and copies of the settings.
 *    There cdktf runs `terraform init`, `plan`, and after a yes `apply`; `destroy` likewise; `diff` plans only.
 *
 * `npx cdktf list | diff | deploy | destroy`, at the repository's top, do the same without the checks; there
 * `NO_BUILD=1` in the environment stands for `--no-build`.
 *
 * Settings: `terraform.tfvars` at the repository's top, for every environment; `terraform.<environment>.tfvars` beside
 * it wins. `terraform.tfvars.example` lists them all. They are copied beside the stack as `*.auto.tfvars`, which
 * Terraform loads by itself. `TF_VAR_<name>` in the environment is weaker than a file, `--var` stronger.
 *
 * State: `infra/terraform.sessions-<environment>.tfstate`, unless `state_bucket` and `state_region` (in those files, or
 * STATE_BUCKET and STATE_REGION, which win) name an S3 bucket: then `<state_key_prefix>/sessions-<environment>.tfstate`
 * in it, encrypted, with a lock beside it while somebody applies (no DynamoDB table). The bucket is not made here: it
 * must exist, with versioning. After a change from file to bucket: `npm run deploy:dev -- --migrate-state`.
 *
 * Credentials: whatever the AWS provider finds (AWS_PROFILE, AWS_ACCESS_KEY_ID, an OIDC role in a pipeline).
 *
 * prod refuses, in the plan, to lose data: API, tables and user pool are protected. To take it away for good: set
 * `deletion_protection = false` in `terraform.prod.tfvars`, `npm run deploy:prod`, then
 * `npm run destroy:prod -- --confirm sessions-prod`.
 *
 * A speaker for a first try, in a user pool of the stack's own (`user_pool_id` and `user_pool_client_id` are outputs):
 * `aws cognito-idp admin-create-user`, `admin-set-user-password --permanent`, then `initiate-auth --auth-flow
 * USER_PASSWORD_AUTH --client-id … --auth-parameters USERNAME=…,PASSWORD=…`: its `AccessToken` is what the service takes.
 *
 * With a domain of one's own (`domain_name`, `certificate_arn`) and no `hosted_zone_id`: point the domain at the output
 * `custom_domain_target`.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type EnvironmentName, environmentNames, stackNameOf } from '../infra/src/environments.ts';

const root = resolve(import.meta.dirname, '..');
const cdktf = join(root, 'node_modules', '.bin', 'cdktf');

const commands = ['deploy', 'diff', 'destroy'] as const;
/** Keeps its own lock in S3, which older ones do not. */
const oldestTerraform = [1, 11] as const;

export interface Request {
  readonly command: (typeof commands)[number];
  readonly environment: EnvironmentName;
  readonly build: boolean;
  /** For cdktf. */
  readonly options: readonly string[];
}

/**
 * Reads the command line.
 * @throws {Error} an unknown command or environment, or production to be destroyed without its name
 */
export function parseRequest([command, environment, ...rest]: readonly string[]): Request {
  const known = commands.find((name) => name === command);
  if (!known) throw new Error(`${command ?? 'nothing'} is no command: use ${commands.join(', ')}`);
  const wanted = environmentNames.find((name) => name === environment);
  if (!wanted) throw new Error(`${environment ?? 'nothing'} is no environment: use ${environmentNames.join(', ')}`);

  const options = rest.filter((option) => option !== '--no-build' && option !== '--');
  const confirmAt = options.indexOf('--confirm');
  const [, confirmed] = confirmAt < 0 ? [] : options.splice(confirmAt, 2);
  const stack = stackNameOf(wanted);
  if (known === 'destroy' && wanted === 'prod' && confirmed !== stack) {
    throw new Error(`this destroys production: if that is meant, add \`-- --confirm ${stack}\``);
  }
  return { command: known, environment: wanted, build: !rest.includes('--no-build'), options };
}

/** @throws {Error} a tool is missing or too old; the message says which, and what to do */
async function findTools(): Promise<void> {
  if (!existsSync(cdktf)) throw new Error('cdktf is not installed: run `npm run bootstrap`');
  const { stdout } = await promisify(execFile)('terraform', ['version', '-json']).catch(() => {
    throw new Error('terraform is not on the PATH: install Terraform 1.11 or later');
  });
  const version = String(JSON.parse(stdout).terraform_version);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = oldestTerraform;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    throw new Error(`Terraform ${version} is too old: 1.11 or later is needed`);
  }
}

/** Runs cdktf in this terminal. @returns its exit code */
function runCdktf({ command, environment, build, options }: Request): Promise<number> {
  const child = spawn(cdktf, [command, stackNameOf(environment), ...options], {
    cwd: root,
    stdio: 'inherit',
    // The Node.js of this repository also for cdktf: its native parts are not built for every other.
    env: {
      CHECKPOINT_DISABLE: '1',
      ...process.env,
      ...(!build && { NO_BUILD: '1' }),
      PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
    },
  });
  // Ctrl-C reaches cdktf by itself; it then ends what Terraform does in good order, and this waits for it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code) => done(code ?? 1));
  });
}

if (process.argv[1] === import.meta.filename) {
  try {
    const request = parseRequest(process.argv.slice(2));
    await findTools();
    process.exitCode = await runCdktf(request);
  } catch (error) {
    console.error(`deploy: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
