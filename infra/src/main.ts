/**
 * The CDKTF app, which `cdktf.json` names: bundles the Lambdas that changed, then writes every environment's stack to
 * `infra/cdktf.out`, or where cdktf says, with its state where `terraform.tfvars` or the environment says (see
 * `state.ts`), and with the variable files beside it. With `NO_BUILD=1` it takes the bundles as they are.
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { defaultOutdir } from './synthesize.ts';
import { synthesizeForDeployment } from './synthesize-for-deployment.ts';

const root = resolve(import.meta.dirname, '..', '..');

/**
 * Bundles what is stale. In a process of its own: infra knows the bundles, and not how they are made.
 * @throws {Error} a Lambda could not be bundled; the reason has been printed
 */
function buildStaleLambdas(): void {
  const { status } = spawnSync(process.execPath, ['scripts/build-stale.ts'], { cwd: root, stdio: 'inherit' });
  if (status !== 0)
    throw new Error('the Lambdas could not be bundled, see above (NO_BUILD=1 takes those that are there)');
}

const { CDKTF_OUTDIR, NO_BUILD } = process.env;
try {
  if (!NO_BUILD) buildStaleLambdas();
  await synthesizeForDeployment({
    outdir: CDKTF_OUTDIR ? resolve(CDKTF_OUTDIR) : defaultOutdir,
    settingsFolder: root,
    env: process.env,
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
