/**
 * `npm run test:ministack`: deploys the stack to ministack, a second AWS emulator, with the real Terraform, uses it as
 * clients do, and takes it away again (docs/ministack.md). This half finds what is needed, copies the repository to a
 * temporary folder, so that no state, setting or bundle of the real one is touched, and starts the other half
 * (`handshakes.ts`, `streams.ts`, `scenario.ts`) with a network and a hosts file of its own. Without its requirements
 * it prints one line and succeeds; in CI (`CI=true`) that is a failure.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { terraform as runTerraform, type Terraform } from '../../../scripts/terraform/command.ts';
import { certificateNames } from './names.ts';
import { findRequirements, ministackPython, unshareArguments } from './requirements.ts';

const root = resolve(import.meta.dirname, '../../..');
const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');

async function main(): Promise<number> {
  const found = await findRequirements();
  if (typeof found === 'string') {
    const isCi = process.env.CI === 'true';
    console.log(isCi ? `test:ministack: ${found} (in CI this is a failure)` : `ministack: skipped, ${found}`);
    return isCi ? 1 : 0;
  }
  const folder = mkdtempSync(join(tmpdir(), 'sessions-ministack-'));
  try {
    copyRepository(join(folder, 'repository'));
    await writeCliConfig(folder, found.terraform);
    execFileSync(ministackPython, [join(import.meta.dirname, 'certificate.py'), folder, ...certificateNames]);
    return await runScenario(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Copies what git tracks or would track, but for settings of environments, and installs it as a fresh clone. */
function copyRepository(target: string): void {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const file of listed.toString().split('\0')) {
    // A file that is deleted and not committed is listed, too.
    if (file === '' || /^terraform\..*\.tfvars$/.test(file) || !existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(target, file)), { recursive: true });
    cpSync(join(root, file), join(target, file), { recursive: true, force: true });
  }
  execFileSync('npm', ['run', '-s', 'bootstrap'], { cwd: target, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Lets Terraform take the provider from a folder: where this runs, no registry can be reached. */
async function writeCliConfig(folder: string, { initArguments }: Terraform): Promise<void> {
  const [option] = initArguments;
  const mirror = option?.replace(/^-plugin-dir=/, '') ?? (await downloadProvider(folder));
  writeFileSync(
    join(folder, 'terraform.tfrc'),
    `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`,
  );
}

/** Fetches the provider from its registry, in the version that the stack takes (TERRAFORM_INIT=download). */
async function downloadProvider(folder: string): Promise<string> {
  const mirror = join(folder, 'providers');
  const stack = join(folder, 'provider-of-stack');
  mkdirSync(stack);
  cpSync(join(root, 'infra/cdktf.out/stacks/sessions-dev/cdk.tf.json'), join(stack, 'cdk.tf.json'));
  await runTerraform(stack, ['providers', 'mirror', mirror]);
  return mirror;
}

async function runScenario(folder: string): Promise<number> {
  const tests = ['handshakes.ts', 'streams.ts', 'scenario.ts'].map((name) => join(import.meta.dirname, name));
  const args = [process.execPath, mocha, '--no-config', '--no-parallel', '--bail', '--exit', ...tests];
  const child = spawn('unshare', [...unshareArguments, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, MINISTACK_FOLDER: folder, NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem') },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill('SIGTERM'));
  const [code] = await once(child, 'exit');
  if (code !== 0) showLog(join(folder, 'ministack.log'));
  return code ?? 1;
}

function showLog(file: string): void {
  if (!existsSync(file)) return;
  console.log(`The last lines of ministack's log:\n${readFileSync(file, 'utf8').split('\n').slice(-60).join('\n')}`);
}

process.exitCode = await main();
