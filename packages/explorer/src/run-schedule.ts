import { type Cast, createCast } from './cast.ts';
import type { Choices } from './choices.ts';
import { findUnnotified, findWrongEnd, isSettled } from './final-checks.ts';
import { findInconsistency, findOversold } from './invariants.ts';
import type { Mutation } from './mutations.ts';
import { createOperations, passTime, startSweep } from './operations.ts';
import type { Plan } from './plan.ts';
import { createWorld, type World } from './world.ts';

/** Rounds of heartbeats, time and a sweep after the schedule proper: nothing takes more of them to come to rest. */
const MAX_ROUNDS = 10;
/** Below the heartbeat timeout, so that whoever is there stays. */
const ROUND_MS = 85_000;
/** A schedule that takes more steps than this goes in circles. */
const MAX_STEPS = 20_000;

export interface ScheduleOptions {
  readonly plan: Plan;
  readonly choices: Choices;
  readonly isTraced?: boolean;
  readonly mutation?: Mutation | undefined;
}

export interface ScheduleResult {
  /** What did not hold, if anything. */
  readonly violation: string | undefined;
  readonly steps: number;
  readonly choices: readonly number[];
  readonly trace: readonly string[];
}

/** Runs one schedule to its end, or to the first violation. */
export function runSchedule({ plan, choices, isTraced = false, mutation }: ScheduleOptions): Promise<ScheduleResult> {
  let world: World;
  const cast: Cast = createCast(() => world);
  world = createWorld({
    plan,
    choices,
    isTraced,
    mutation,
    onMessage: cast.onMessage,
    onClosed: cast.onClosed,
  });
  const { scheduler, ledger, tables } = world;
  ledger.onSession = cast.judge;
  const operations = createOperations(world, cast);
  scheduler.sources.push(operations);
  const findWrong = mutation?.hasInexactCounts ? findOversold : findInconsistency;
  const closing = createClosing(world, cast, mutation?.hasInexactCounts === true);

  /** @returns what is violated; undefined: nothing so far; `done`: it is over */
  function advance(): string | 'done' | undefined {
    const hasStepped = scheduler.step();
    if (ledger.takeTouched()) {
      const found = findWrong(tables);
      if (found) ledger.report(found);
    }
    if (ledger.violation !== undefined) return ledger.violation;
    if (scheduler.steps > MAX_STEPS) return `it goes on after ${MAX_STEPS} steps`;
    if (hasStepped) return undefined;
    if (!operations.isOver) return 'an operation waits for ever';
    return closing();
  }

  return new Promise((resolve, reject) => {
    const tick = () => {
      let outcome: string | undefined;
      try {
        outcome = advance();
      } catch (error) {
        reject(error);
        return;
      }
      if (outcome === undefined) {
        queueMicrotask(schedule);
        return;
      }
      resolve({
        violation: outcome === 'done' ? undefined : outcome,
        steps: scheduler.steps,
        choices: choices.taken,
        trace: scheduler.trace ?? [],
      });
    };
    // Callbacks of `nextTick` run when no promise has anything left to do: then every actor waits at its next call.
    const schedule = () => void process.nextTick(tick);
    schedule();
  });
}

/** What comes after the operations: no more faults; heartbeats, time and sweeps, until everything has come to rest. */
function createClosing(world: World, cast: Cast, hasInexactCounts: boolean): () => string | 'done' | undefined {
  const { scheduler } = world;
  let round = 0;
  let isSwept = false;
  let phase: 'notified' | 'sweep' | 'beat' | 'judge' = 'notified';

  return () => {
    switch (phase) {
      case 'notified': {
        scheduler.isCalm = true;
        const found = hasInexactCounts ? undefined : findUnnotified(world, cast);
        if (found) return found;
        phase = 'sweep';
        scheduler.note('=== no more faults: heartbeats');
        cast.heartbeats();
        return undefined;
      }
      case 'sweep':
        phase = 'beat';
        scheduler.note('=== 85 s pass');
        // Where nothing is left to sweep, every fourth schedule shows that sweeps do no harm, two at once.
        isSwept = world.plan.seed % 4 === 0 || !isSettled(world, cast);
        passTime(world, cast, ROUND_MS);
        if (isSwept) startSweep(world);
        if (isSwept && round === 0) startSweep(world);
        return undefined;
      case 'beat':
        phase = 'judge';
        cast.heartbeats();
        return undefined;
      case 'judge':
        round++;
        if (round < (hasInexactCounts ? 2 : MAX_ROUNDS) && !isSettled(world, cast)) {
          phase = 'sweep';
          return undefined;
        }
        return (hasInexactCounts ? undefined : findWrongEnd(world, cast)) ?? 'done';
    }
  };
}
