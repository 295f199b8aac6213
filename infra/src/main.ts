/**
 * The CDKTF app: writes every environment's stack to `infra/cdktf.out`, or where cdktf says, with its state where
 * `terraform.tfvars` or the environment says (see `state.ts`), and with the variable files beside it.
 */
import { resolve } from 'node:path';
import { defaultOutdir } from './synthesize.ts';
import { synthesizeForDeployment } from './synthesize-for-deployment.ts';

const { CDKTF_OUTDIR } = process.env;
try {
  await synthesizeForDeployment({
    outdir: CDKTF_OUTDIR ? resolve(CDKTF_OUTDIR) : defaultOutdir,
    settingsFolder: resolve(import.meta.dirname, '..', '..'),
    env: process.env,
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
