import { type Choices, recordedChoices, seededChoices } from './choices.ts';
import type { Mutation } from './mutations.ts';
import type { Plan } from './plan.ts';
import { runSchedule } from './run-schedule.ts';

/** A schedule in full: it runs the same way each time. */
export interface Schedule {
  readonly plan: Plan;
  readonly choices: readonly number[];
}

/** Runs that shrinking takes at most. */
const MAX_RUNS = 6000;
/** Other orders that are tried when something was left out and the recorded order shows nothing any more. */
const OTHER_ORDERS = 25;

/** Names the kind of a violation: the same fault shows with other numbers and names. */
export const kindOf = (violation: string): string => violation.replace(/[\d[\]]+/g, '').replace(/\s.*?@/g, ' @');

/**
 * Makes a schedule that shows a violation smaller: leaves out operations, faults and choices, as long as a violation of
 * the same kind shows. What is left goes straight on wherever nothing was chosen.
 */
export async function shrink(schedule: Schedule, violation: string, mutation?: Mutation): Promise<Schedule> {
  const kind = kindOf(violation);
  let runs = 0;
  let best = schedule;

  async function shows(plan: Plan, choices: Choices): Promise<boolean> {
    runs++;
    const result = await runSchedule({ plan, choices, mutation });
    if (result.violation === undefined || kindOf(result.violation) !== kind) return false;
    best = { plan, choices: trimmed(result.choices) };
    return true;
  }

  async function showsInSomeOrder(plan: Plan): Promise<boolean> {
    if (await shows(plan, recordedChoices(best.choices))) return true;
    for (let seed = 0; seed < OTHER_ORDERS && runs < MAX_RUNS; seed++) {
      if (await shows(plan, seededChoices(seed))) return true;
    }
    return false;
  }

  async function leaveOut(part: 'operations' | 'faults'): Promise<boolean> {
    let isSmaller = false;
    for (let at = best.plan[part].length - 1; at >= 0 && runs < MAX_RUNS; at--) {
      const rest = best.plan[part].filter((_, index) => index !== at);
      if (await showsInSomeOrder({ ...best.plan, [part]: rest })) isSmaller = true;
    }
    return isSmaller;
  }

  async function straighten(): Promise<boolean> {
    let isSmaller = false;
    for (let size = 32; size >= 1; size = Math.floor(size / 2)) {
      for (let at = 0; at < best.choices.length && runs < MAX_RUNS; ) {
        const { plan, choices } = best;
        const without = [...choices.slice(0, at), ...choices.slice(at + size)];
        const zeroed = choices.map((choice, index) => (index >= at && index < at + size ? 0 : choice));
        const hasChoices = choices.slice(at, at + size).some((choice) => choice !== 0);
        if (await shows(plan, recordedChoices(without))) isSmaller = true;
        else if (hasChoices && (await shows(plan, recordedChoices(zeroed)))) isSmaller = true;
        else at += size;
        if (hasChoices === false && at < best.choices.length) at += size;
      }
    }
    return isSmaller;
  }

  for (const plain of [{ isIndexStale: false }, { pageSize: 100 }]) await showsInSomeOrder({ ...best.plan, ...plain });
  let goesOn = true;
  while (goesOn && runs < MAX_RUNS) {
    const hasFewerOperations = await leaveOut('operations');
    const hasFewerFaults = await leaveOut('faults');
    goesOn = (await straighten()) || hasFewerOperations || hasFewerFaults;
  }
  return best;
}

/** Without the zeros at the end, which are chosen anyway. */
function trimmed(choices: readonly number[]): readonly number[] {
  let length = choices.length;
  while (length > 0 && choices[length - 1] === 0) length--;
  return choices.slice(0, length);
}
