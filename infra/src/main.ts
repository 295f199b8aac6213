/** The CDKTF app: writes every environment's stack to `infra/cdktf.out`, or where cdktf says. */
import { resolve } from 'node:path';
import { defaultOutdir, synthesize } from './synthesize.ts';

const { CDKTF_OUTDIR } = process.env;
try {
  synthesize({ outdir: CDKTF_OUTDIR ? resolve(CDKTF_OUTDIR) : defaultOutdir });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
