/**
 * `npm run explore`: runs schedules of the use cases in memory until one shows a violation. See the README beside it.
 * Ends with 1 if something did not hold, and with 2 if it was called wrongly.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { seededChoices } from './choices.ts';
import { makePlan } from './plan.ts';
import { seedOf } from './random.ts';
import { describeSchedule } from './report.ts';
import { runSchedule } from './run-schedule.ts';
import { exploreInThreads } from './share.ts';
import { type Schedule, shrink } from './shrink.ts';

const CI_SCHEDULES = 200_000;
const NIGHTLY_SCHEDULES = 10_000_000;
const MAX_WORKERS = 2;
const FOLDER = '.cache/explorer';

const USAGE = `npm run explore -- [options]
  --seed N        a whole number; the date (UTC) unless given
  --schedules N   how many; ${CI_SCHEDULES} unless given
  --seconds S     stops after this time, also if there were fewer
  --nightly       ${NIGHTLY_SCHEDULES} schedules
  --workers N     threads; ${MAX_WORKERS} unless the machine has fewer processors
  --only N        runs schedule number N of the seed alone, and shows it
  --replay FILE   runs a schedule that was written down, and shows it`;

/** @throws {Error} a value that is not allowed */
function readOptions() {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      schedules: { type: 'string' },
      seconds: { type: 'string' },
      workers: { type: 'string' },
      only: { type: 'string' },
      replay: { type: 'string' },
      nightly: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const number = (name: 'seed' | 'schedules' | 'seconds' | 'workers' | 'only', otherwise: number, min: number) => {
    const text = values[name];
    if (text === undefined) return otherwise;
    const value = Number(text);
    if (text.trim() !== '' && Number.isSafeInteger(value) && value >= min) return value;
    throw new Error(`--${name} is "${text}": it must be a whole number from ${min} on`);
  };
  return {
    seed: number('seed', Number(new Date().toISOString().slice(0, 10).replaceAll('-', '')), 0),
    schedules: number('schedules', values.nightly ? NIGHTLY_SCHEDULES : CI_SCHEDULES, 1),
    seconds: number('seconds', Number.POSITIVE_INFINITY, 1),
    workers: number('workers', Math.min(MAX_WORKERS, availableParallelism()), 1),
    only: values.only === undefined ? undefined : number('only', 0, 0),
    replay: values.replay,
    help: values.help === true,
  };
}

/** @returns whether everything held */
async function run(options: ReturnType<typeof readOptions>): Promise<boolean> {
  const { seed, only, replay } = options;
  if (replay !== undefined) return show(JSON.parse(await readFile(replay, 'utf8')) as Schedule);
  if (only !== undefined) return show(await scheduleOf(seed, only));

  console.log(`explorer: seed ${seed}`);
  const startedAtMs = performance.now();
  const { schedules, steps, finding } = await exploreInThreads(options);
  const seconds = (performance.now() - startedAtMs) / 1000;
  console.log(
    `explorer: ${schedules} schedules, ${steps} steps in ${seconds.toFixed(1)} s on ${options.workers} threads: ` +
      `${Math.round(schedules / seconds)} schedules a second`,
  );
  if (finding === undefined) {
    if (schedules < options.schedules) console.log(`explorer: the time was over before ${options.schedules} schedules`);
    return true;
  }
  const { index, violation, schedule } = finding;
  console.log(`explorer: schedule ${index} of seed ${seed}: ${violation}\nexplorer: making it smaller …\n`);
  const small = await shrink(schedule, violation);
  await show(small);
  const file = `${FOLDER}/${seed}-${index}.json`;
  await mkdir(resolve(FOLDER), { recursive: true });
  await writeFile(resolve(file), `${JSON.stringify(small)}\n`);
  console.log(`\nTo see it again: npm run explore -- --replay ${file}`);
  console.log(`As it was found: npm run explore -- --seed ${seed} --only ${index}`);
  return false;
}

async function scheduleOf(seed: number, index: number): Promise<Schedule> {
  const own = seedOf(seed, index);
  const plan = makePlan(own);
  const { choices } = await runSchedule({ plan, choices: seededChoices(own) });
  return { plan, choices };
}

async function show(schedule: Schedule): Promise<boolean> {
  const lines = await describeSchedule(schedule);
  console.log(lines.join('\n'));
  return lines.at(-1)?.startsWith('VIOLATED') !== true;
}

try {
  const options = readOptions();
  if (options.help) console.log(USAGE);
  else process.exitCode = (await run(options)) ? 0 : 1;
} catch (error) {
  console.error(`explorer: ${(error as Error).message}\n\n${USAGE}`);
  process.exitCode = 2;
}
