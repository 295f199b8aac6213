/**
 * Holds random sequences against the model, apart from mocha: `node packages/acceptance/src/model/main.ts`. Its
 * settings come from the environment, so that a failure's line can be pasted in front of the command:
 *
 *   MODEL_RUNS    how many sequences; 10,000 unless told otherwise
 *   MODEL_SEED    a whole number; 1
 *   MODEL_PATH    of a failure, to repeat it
 *   MODEL_WORLDS  systems side by side; two more than there are processors
 *   MODEL_SHRINKS `no`: the first failure is reported as it was found
 *   MODEL_STACK_FILE  another synthesized stack than the repository's own
 */
import { checkModel } from './check-model.ts';

const { MODEL_RUNS = '10000', MODEL_SEED = '1', MODEL_PATH, MODEL_WORLDS, MODEL_SHRINKS } = process.env;

const { runs, seconds, failure } = await checkModel({
  runs: Number(MODEL_RUNS),
  seed: Number(MODEL_SEED),
  path: MODEL_PATH,
  shrinks: MODEL_SHRINKS !== 'no',
  ...(MODEL_WORLDS === undefined ? {} : { worlds: Number(MODEL_WORLDS) }),
});
console.log(`model: ${runs} sequences in ${seconds.toFixed(1)} s, ${(runs / seconds).toFixed(1)} a second`);
if (failure !== undefined) {
  console.log(failure);
  process.exitCode = 1;
}
