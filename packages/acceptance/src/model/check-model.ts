import fc from 'fast-check';
import { Run } from './run.ts';
import { type Sequence, sequences } from './steps.ts';
import { World } from './world.ts';

/** Each attempt takes some tenths of a second. */
const SHRINK_LIMIT_MS = 25_000;

const REPEATED_ATTEMPTS = 10;

/**
 * While one waits, the other one works. A world takes about three seconds of processor to start, and its functions are
 * slow until they have run for some time.
 */
const WORLDS = 2;

export interface ModelOptions {
  /** How many sequences. */
  readonly runs: number;
  readonly seed: number;
  /** Of a failure, as it was printed: only that sequence is run, and shrunk no further. */
  readonly path?: string | undefined;
  /** Worlds side by side; default 2. Each has its own share of the runs, and its own seed: `seed`, `seed + 1`, … */
  readonly worlds?: number;
  /** False: a failure is reported as it was found. Default true. */
  readonly shrinks?: boolean;
}

export interface ModelReport {
  readonly runs: number;
  readonly seconds: number;
  /** Of all processors. */
  readonly cpuSeconds: number;
  /** For a person; absent: all is well. */
  readonly failure?: string;
}

/** Holds random sequences against the model. */
export async function checkModel(options: ModelOptions): Promise<ModelReport> {
  const { runs, seed, path, shrinks = true } = options;
  const count = path === undefined ? Math.min(options.worlds ?? WORLDS, runs) : 1;
  const worlds = await Promise.all(Array.from({ length: count }, () => World.start()));
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  let failed = false;
  // What is to be repeated has gone wrong before; if it takes two things at one moment, then not each time.
  const attempts = path === undefined ? 1 : REPEATED_ATTEMPTS;
  const check = async (world: World, index: number): Promise<string | undefined> => {
    let done = 0;
    let last = '';
    let shrinksUntil = Number.POSITIVE_INFINITY;
    const property = fc.asyncProperty(sequences, async (sequence: Sequence) => {
      // Another world has failed: what is left would only hold up the report.
      if (failed && last === '') return;
      // Enough shrinking: what is smallest by now is reported.
      if (performance.now() > shrinksUntil) return;
      done++;
      try {
        for (let attempt = 0; attempt < attempts; attempt++) await new Run(world, sequence).run();
      } catch (error) {
        if (last === '') shrinksUntil = performance.now() + SHRINK_LIMIT_MS;
        last = error instanceof Error ? error.message : String(error);
        if (process.env.MODEL_VERBOSE) console.error(last.replace(/\n +at .*/g, ''));
        failed = true;
        throw error;
      }
    });
    const numRuns = path === undefined ? Math.ceil(runs / count) : 1;
    const details = await fc.check(property, {
      numRuns,
      seed: seed + index,
      endOnFailure: !shrinks || path !== undefined,
      ...(path === undefined ? {} : { path }),
    });
    total += done;
    if (!details.failed) return undefined;
    const replay = `MODEL_SEED=${details.seed} MODEL_PATH='${details.counterexamplePath}'`;
    return `A sequence went wrong. Again: ${replay} npm run model\n\n${last}`;
  };
  let total = 0;
  try {
    const failures = await Promise.all(worlds.map(check));
    const failure = failures.find((text) => text !== undefined);
    const seconds = (performance.now() - startedAt) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    return { runs: total, seconds, cpuSeconds: (user + system) / 1e6, ...(failure === undefined ? {} : { failure }) };
  } finally {
    await Promise.all(worlds.map((world) => world.stop()));
  }
}
