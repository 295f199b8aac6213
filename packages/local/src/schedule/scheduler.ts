import type { Clock } from '../clock.ts';
import type { FunctionInvoker, InvocationOutcome } from '../lambda/invoker.ts';
import type { Schedule } from '../stack/model.ts';
import { scheduledEvent } from './scheduled-event.ts';

export interface SchedulerOptions {
  readonly schedules: readonly Schedule[];
  readonly invoker: FunctionInvoker;
  readonly accountId: string;
  readonly region: string;
  readonly clock: Clock;
  /** `manual`: nothing runs but by `run`. */
  readonly mode: 'timer' | 'manual';
  readonly onRun?: (run: ScheduleRun) => void;
}

export interface ScheduleRun {
  readonly name: string;
  readonly outcome: InvocationOutcome;
}

export interface Scheduler {
  /**
   * Runs one schedule now, or all of them, and waits for the end.
   * @throws {RangeError} there is no schedule of that name
   */
  run(name?: string): Promise<ScheduleRun[]>;
  /** Timers fire no more until `resume`; what runs goes on. */
  pause(): void;
  resume(): void;
  /** Waits for nothing: what still runs belongs to the Lambda runtime. */
  stop(): Promise<void>;
}

/**
 * Runs the stack's schedules by timer, the first time one interval after the start. A schedule whose last run has not
 * ended is passed over: runs never pile up. (EventBridge would start it; a developer's machine may just be asleep.)
 */
export function startScheduler(options: SchedulerOptions): Scheduler {
  const { schedules, invoker, accountId, region, clock, onRun } = options;
  const timers = new Map<Schedule, () => void>();
  const running = new Set<Schedule>();

  const runOne = async (schedule: Schedule): Promise<ScheduleRun> => {
    running.add(schedule);
    try {
      const event = schedule.input ?? scheduledEvent(schedule, { accountId, region, atMs: clock.nowMs() });
      const source = { principal: schedule.principal, sourceArn: schedule.arn };
      const run = { name: schedule.name, outcome: await invoker.invoke(schedule.functionArn, event, source) };
      onRun?.(run);
      return run;
    } finally {
      running.delete(schedule);
    }
  };
  const arm = (schedule: Schedule): void => {
    const fire = (): void => {
      arm(schedule);
      if (!running.has(schedule)) void runOne(schedule);
    };
    timers.set(schedule, clock.setTimer(fire, schedule.intervalMs));
  };
  const pause = (): void => {
    for (const cancel of timers.values()) cancel();
    timers.clear();
  };
  const resume = (): void => {
    for (const schedule of schedules) if (!timers.has(schedule)) arm(schedule);
  };
  if (options.mode === 'timer') resume();

  return {
    async run(name) {
      const chosen = schedules.filter((schedule) => name === undefined || schedule.name === name);
      if (name !== undefined && chosen.length === 0) {
        const names = schedules.map((schedule) => schedule.name).join(', ') || 'none';
        throw new RangeError(`There is no schedule ${name} (the stack has: ${names})`);
      }
      return Promise.all(chosen.map(runOne));
    },
    pause,
    resume,
    async stop() {
      pause();
    },
  };
}
