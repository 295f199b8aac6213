import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { startTerraform, type TerraformFolder } from '../../scripts/terraform.ts';
import { needTools } from '../../scripts/tools/need-tools.ts';
import { terraformWithProvider } from '../../scripts/tools/terraform.ts';
import { awsProviderVersion, lockFile, lockFileName, type SynthesizedStack } from '../src/index.ts';
import { layProviderLock } from '../src/provider-lock.ts';
import { makeFolder, synthesizeInto } from './support.ts';

const root = resolve(import.meta.dirname, '..', '..');
const program = `terraform-provider-aws_v${awsProviderVersion}_x5`;

describe('The AWS provider', function () {
  this.timeout(180_000); // see terraform.test.ts

  let folder: string;
  let remove: (() => void) | undefined;
  let stack: SynthesizedStack;
  let installed: TerraformFolder | undefined;
  /** The package of the pinned version, in `<os>_<architecture>`. */
  let packageFolder: string;

  before(async function () {
    const [found] = await needTools(this, 'Terraform tests', terraformWithProvider);
    ({ folder, remove } = makeFolder());
    [stack] = synthesizeInto(folder, ['dev']) as [SynthesizedStack];
    installed = await startTerraform(found, stack);
    const providers = join(installed.path, '.terraform/providers/registry.terraform.io/hashicorp/aws');
    const platform = process.arch === 'arm64' ? `${process.platform}_arm64` : `${process.platform}_amd64`;
    packageFolder = realpathSync(join(providers, awsProviderVersion, platform));
  });

  after(async () => {
    await installed?.stop();
    remove?.();
  });

  /** A folder to install providers from, with these versions; one may have a changed byte. */
  function mirror(name: string, versions: Readonly<Record<string, 'genuine' | 'changed'>>): string {
    const path = join(folder, name);
    for (const [version, kind] of Object.entries(versions)) {
      const platform = packageFolder.slice(packageFolder.lastIndexOf('/') + 1);
      const target = join(path, 'registry.terraform.io/hashicorp/aws', version, platform);
      mkdirSync(target, { recursive: true });
      symlinkSync(join(packageFolder, program), join(target, program));
      cpSync(join(packageFolder, 'LICENSE.txt'), join(target, 'LICENSE.txt'));
      if (kind === 'changed') writeFileSync(join(target, 'LICENSE.txt'), 'changed');
    }
    return path;
  }

  /** @returns the version that was installed, or what Terraform said instead */
  async function install(pluginFolder: string): Promise<string> {
    const initialized = await startTerraform({ initArguments: [`-plugin-dir=${pluginFolder}`] }, stack).catch(
      ({ message }: Error) => message.replaceAll(/[\s│]+/g, ' '),
    );
    if (typeof initialized === 'string') return initialized;
    const lock = readFileSync(join(initialized.path, lockFileName), 'utf8');
    await initialized.stop();
    return /version += "(.*)"/.exec(lock)?.[1] ?? lock;
  }

  it('is the pinned one, though there is a newer one', async () => {
    expect(await install(mirror('newer', { [awsProviderVersion]: 'genuine', '99.0.0': 'genuine' }))).to.equal(
      awsProviderVersion,
    );
  });

  it('is refused when its bytes are others than the committed checksum says', async () => {
    // The committed lock has the checksum of this platform alone; elsewhere only the version is held.
    if (`${process.platform}-${process.arch}` !== 'linux-x64') return;

    expect(await install(mirror('changed', { [awsProviderVersion]: 'changed' }))).to.include(
      "5.100.0 doesn't match any of the checksums previously recorded in the dependency lock file",
    );
  });

  it('is held to its version, and to no checksum, on a platform that the committed lock has none of', async () => {
    const lock = join(stack.folder, lockFileName);
    try {
      layProviderLock(stack.folder, 'darwin-arm64');

      expect(readFileSync(lock, 'utf8')).to.include(`version     = "${awsProviderVersion}"`).and.not.include('h1:');
      expect(await install(mirror('other', { [awsProviderVersion]: 'changed', '99.0.0': 'genuine' }))).to.equal(
        awsProviderVersion,
      );
    } finally {
      layProviderLock(stack.folder);
    }
  });

  it('has a committed lock of the pinned version', () => {
    const lock = readFileSync(lockFile, 'utf8');

    expect(lock).to.include(`version     = "${awsProviderVersion}"\n  constraints = "${awsProviderVersion}"`);
    expect(lock).to.match(/"h1:/);
  });

  it('is tried in its newest version, and what that does is reported', async () => {
    const plugins = mirror('newest', { [awsProviderVersion]: 'genuine', '99.0.0': 'genuine' });
    const env = { ...process.env, TERRAFORM_PLUGIN_DIR: plugins, TERRAFORM_INIT: '' };
    const run = () =>
      new Promise<string>((done) => {
        execFile(process.execPath, ['scripts/newest-provider.ts', 'dev'], { cwd: root, env }, (error, stdout, stderr) =>
          done(error ? `${error.code} ${stderr}` : stdout),
        );
      });

    expect(await run()).to.equal('### AWS provider 99.0.0 (pinned: 5.100.0)\n\n- sessions-dev: same plan\n');

    const broken = join(plugins, 'registry.terraform.io/hashicorp/aws/99.0.0', packageFolder.split('/').at(-1) ?? '');
    rmSync(join(broken, program));
    writeFileSync(join(broken, program), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    expect(await run()).to.match(/^### AWS provider 99\.0\.0 \(pinned: 5\.100\.0\)\n\n- sessions-dev: \*\*fails\*\*\n/);
  });
});
