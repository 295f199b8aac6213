import { recordedChoices } from './choices.ts';
import type { Mutation } from './mutations.ts';
import { describeOperation } from './operations.ts';
import { runSchedule } from './run-schedule.ts';
import type { Schedule } from './shrink.ts';

const MAX_LINE = 240;

/** Runs a schedule once more and says what happens in it, step by step, and what did not hold. */
export async function describeSchedule(schedule: Schedule, mutation?: Mutation): Promise<string[]> {
  const { plan, choices } = schedule;
  const result = await runSchedule({ plan, choices: recordedChoices(choices), isTraced: true, mutation });
  const faults = plan.faults.map(({ kind, at }) => `${kind} from step ${at} on`);
  return [
    `${plan.capacity} places; pages of ${plan.pageSize}; the index ${plan.isIndexStale ? 'lags behind' : 'is up to date'}`,
    `Operations: ${plan.operations.map(describeOperation).join(', ')}`,
    `Faults: ${faults.length === 0 ? 'none' : faults.join(', ')}`,
    '',
    ...result.trace.map((line) => (line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)} …` : line)),
    '',
    result.violation === undefined ? 'All of it held.' : `VIOLATED: ${result.violation}`,
  ];
}
