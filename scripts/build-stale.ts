/**
 * Bundles the Lambdas whose bundle is older than its source, and no others. The CDKTF app runs this file, so that no cdktf
 * command takes old code. Prints nothing when there is nothing to do.
 */
import { buildLambdas } from './build.ts';
import { staleLambdas } from './stale-lambdas.ts';

const names = await staleLambdas();
if (names.length > 0) {
  console.log(`built: ${names.join(', ')}`);
  await buildLambdas(names);
}
