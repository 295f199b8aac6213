import { leaveOutWhenFast } from '../../../../scripts/tools/need-tools.ts';
import { checkModel } from '../../src/model/check-model.ts';

/**
 * Random sequences of what speakers, listeners and a failing platform do, held against a plain model of the service.
 * All of it runs on the full path: the synthesized stack, WebSockets, the gateway, the real bundles in worker threads,
 * HTTP to DynamoDB; only its time is moved by hand. Each sequence has a system to itself while it runs.
 *
 * `MODEL_RUNS` (300), `MODEL_SEED` (1) and, to repeat a failure as it was printed, `MODEL_PATH`.
 */
const { MODEL_RUNS = '300', MODEL_SEED = '1', MODEL_PATH, MODEL_WORLDS } = process.env;

describe('the whole system, against a model', () => {
  it(`behaves as the model in ${MODEL_RUNS} random sequences`, async function () {
    this.timeout(0);
    leaveOutWhenFast(this, 'the model');
    const { failure, runs, seconds, cpuSeconds } = await checkModel({
      runs: Number(MODEL_RUNS),
      seed: Number(MODEL_SEED),
      path: MODEL_PATH,
      ...(MODEL_WORLDS === undefined ? {} : { worlds: Number(MODEL_WORLDS) }),
    });
    if (failure !== undefined) throw new Error(failure);
    const perSecond = (runs / seconds).toFixed(1);
    const cpuMs = ((cpuSeconds * 1000) / runs).toFixed(0);
    console.log(
      `      ${runs} sequences in ${seconds.toFixed(1)} s: ${perSecond} a second, ${cpuMs} ms of processor each`,
    );
  });
});
