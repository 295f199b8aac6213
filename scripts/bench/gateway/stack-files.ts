import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeEchoStack } from '../../../packages/local/test/fixtures/echo-stack.ts';
import { lambdaNames } from '../../lambdas.ts';

/**
 * Writes the stacks that are measured.
 * @param folder an existing, empty one
 * @param synthesized our stack, if it is there already
 */
export async function writeStackFiles(
  folder: string,
  synthesized?: string,
): Promise<{ echo: string; heartbeat: string }> {
  const echoFolder = join(folder, 'echo');
  await mkdir(echoFolder);
  return { echo: writeEchoStack(echoFolder), heartbeat: synthesized ?? (await synthesizeDev(folder)) };
}

/** With fresh bundles: what lies in `dist` may be old, or in use. */
async function synthesizeDev(folder: string): Promise<string> {
  const { buildLambda } = await import('../../build.ts');
  const functionsFolder = join(folder, 'functions');
  await Promise.all(lambdaNames().map((name) => buildLambda(name, join(functionsFolder, name, 'dist'))));
  const { synthesize } = await import('../../../infra/src/index.ts');
  const [dev] = synthesize({ environments: ['dev'], outdir: join(folder, 'cdktf.out'), functionsFolder });
  if (dev === undefined) throw new Error('No stack was written for dev');
  return dev.file;
}
