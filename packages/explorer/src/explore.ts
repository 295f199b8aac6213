import { seededChoices } from './choices.ts';
import type { Mutation } from './mutations.ts';
import { makePlan } from './plan.ts';
import { seedOf } from './random.ts';
import { runSchedule } from './run-schedule.ts';
import type { Schedule } from './shrink.ts';

/** The first violation of a run. */
export interface Finding {
  readonly index: number;
  readonly violation: string;
  readonly schedule: Schedule;
}

export interface Exploration {
  readonly schedules: number;
  readonly steps: number;
  readonly finding: Finding | undefined;
}

export interface ExploreOptions {
  readonly seed: number;
  /** The first schedule, and which of the following: every `stride`th. */
  readonly from?: number;
  readonly stride?: number;
  /** Schedules of the whole run. */
  readonly schedules: number;
  /** Asked after every hundred schedules: whether the time is over. */
  readonly isOver?: () => boolean;
  readonly mutation?: Mutation | undefined;
}

const SCHEDULES_BETWEEN_LOOKS = 100;

/** Runs schedules until one shows a violation, or all have been run. */
export async function explore(options: ExploreOptions): Promise<Exploration> {
  const { seed, from = 0, stride = 1, schedules: end, isOver = () => false, mutation } = options;
  let schedules = 0;
  let steps = 0;
  for (let index = from; index < end; index += stride) {
    const own = seedOf(seed, index);
    const plan = makePlan(own);
    const result = await runSchedule({ plan, choices: seededChoices(own), mutation });
    schedules++;
    steps += result.steps;
    if (result.violation !== undefined) {
      const schedule = { plan, choices: result.choices };
      return { schedules, steps, finding: { index, violation: result.violation, schedule } };
    }
    if (schedules % SCHEDULES_BETWEEN_LOOKS !== 0) continue;
    // Lets timers and signals have their turn.
    await new Promise((resolve) => setImmediate(resolve));
    if (isOver()) break;
  }
  return { schedules, steps, finding: undefined };
}
