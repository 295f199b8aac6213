import type { FaultPlan } from '@sessions/local';
import type { Fault } from './actions.ts';

type Rule = FaultPlan['rules'][number];

/** Every attempt of the SDK is a call: this many in a row outlast them, and what follows. */
const OUTAGE_CALLS = 12;

/** The fault as the local stack's fault plan has it. */
export function ruleOf({ what, nth }: Fault): Rule {
  const database = { service: 'dynamodb', function: '*' } as const;
  const pushes = { service: 'execute-api', function: '*', operation: 'PostToConnection' } as const;
  const fromNthOn = Array.from({ length: OUTAGE_CALLS }, (_, index) => nth + index);
  switch (what) {
    case 'throttle':
      return { call: database, nth, do: 'throttle' };
    case 'error500':
      return { call: database, nth, do: { error: 500 } };
    case 'resetBefore':
      return { call: database, nth, do: { reset: 'before' } };
    case 'lostAnswer':
      return { call: database, nth, do: { reset: 'after' } };
    case 'outage':
      return { call: database, nth: fromNthOn, do: { error: 500 } };
    case 'killBefore':
      return { call: { function: '*' }, nth, do: { kill: 'before' } };
    case 'killAfter':
      return { call: { function: '*' }, nth, do: { kill: 'after' } };
    case 'pushThrottled':
      return { call: pushes, nth, do: 'bufferFull' };
    case 'pushGone':
      return { call: pushes, nth, do: 'gone' };
    case 'pushOutage':
      return { call: pushes, do: { error: 500 } };
  }
}

/** Longer than anything takes in between, shorter than the SDK waits for an answer. */
export const HOLD_MS = 1500;

export const holdRule = (nth: number): Rule => ({
  call: { service: 'dynamodb', function: '*' },
  nth,
  do: { latencyMs: HOLD_MS },
});

export const lagRule = (lagMs: number): Rule => ({ index: {}, do: { lagMs } });
