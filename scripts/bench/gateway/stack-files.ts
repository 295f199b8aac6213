import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { synthesize } from '../../../infra/src/index.ts';
import { writeEchoStack } from '../../../packages/local/test/fixtures/echo-stack.ts';
import { buildLambda, lambdaNames } from '../../build.ts';

/**
 * Writes the stacks that are measured, with fresh bundles: what lies in `dist` may be old, or in use.
 * @param folder an existing, empty one
 */
export async function writeStackFiles(folder: string): Promise<{ echo: string; heartbeat: string }> {
  const packagesFolder = join(folder, 'packages');
  const names = await lambdaNames();
  await Promise.all(names.map((name) => buildLambda(name, join(packagesFolder, name, 'dist'))));
  const [dev] = synthesize({ environments: ['dev'], outdir: join(folder, 'cdktf.out'), packagesFolder });
  if (dev === undefined) throw new Error('No stack was written for dev');
  const echoFolder = join(folder, 'echo');
  await mkdir(echoFolder);
  return { echo: writeEchoStack(echoFolder), heartbeat: dev.file };
}
