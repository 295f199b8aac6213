/**
 * Holds random sequences against the model, apart from mocha: `npm run model`. Its
 * settings come from the environment, so that a failure's line can be pasted in front of the command:
 *
 *   MODEL_RUNS      how many sequences; 10,000 unless told otherwise
 *   MODEL_SEED      a whole number; 1
 *   MODEL_PATH      of a failure, to repeat it
 *   MODEL_PROCESSES that share the sequences; as many as there are processors
 *   MODEL_WORLDS    systems side by side in each process; 2
 *   MODEL_SHRINKS   `no`: the first failure is reported as it was found
 *   MODEL_STACK_FILE  another synthesized stack than the repository's own
 */
import { availableParallelism } from 'node:os';
import { checkModel } from './check-model.ts';
import { shareModel } from './share-model.ts';

const { MODEL_RUNS = '10000', MODEL_SEED = '1', MODEL_PATH, MODEL_PROCESSES, MODEL_WORLDS } = process.env;

const options = {
  runs: Number(MODEL_RUNS),
  seed: Number(MODEL_SEED),
  path: MODEL_PATH,
  shrinks: process.env.MODEL_SHRINKS !== 'no',
  worlds: Number(MODEL_WORLDS ?? 2),
};
const processes = MODEL_PATH === undefined ? Number(MODEL_PROCESSES ?? availableParallelism()) : 1;
const report = processes > 1 ? await shareModel(options, processes) : await checkModel(options);

if (process.send) {
  process.send(report);
  process.disconnect();
} else {
  const { runs, seconds, failure } = report;
  console.log(`model: ${runs} sequences in ${seconds.toFixed(1)} s, ${(runs / seconds).toFixed(1)} a second`);
  if (failure !== undefined) {
    console.log(failure);
    process.exitCode = 1;
  }
}
