import type { FaultPlan } from '@sessions/local';
import type { Fault, FaultKind } from './actions.ts';

type Rule = FaultPlan['rules'][number];

/** Every attempt of the SDK is a call: this many in a row outlast them, and what follows. */
const OUTAGE_CALLS = 14;

/** More than the attempts of a reminder; the deliverer, which has a time budget, outlasts them. */
const PUSH_OUTAGE_CALLS = 6;

/** Items of a page, always: code that reads the first page only sees half of the listeners, or of the shards. */
const PAGE_ITEMS = 2;

export const planOf = (rules: readonly Rule[] = []): FaultPlan => ({ pageItems: PAGE_ITEMS, rules });

/** Faults of single calls that retries outlast: nothing of them shows at all. */
const TRANSIENT: readonly FaultKind[] = [
  'throttle',
  'conflict',
  'error500',
  'resetBefore',
  'lostAnswer',
  'pushThrottled',
  'invokeThrottled',
  'eventRefused',
];
/** Everything ends as it should, but work is done twice: notifications may come more than once. */
const REPEATING: readonly FaultKind[] = ['invokedTwice', 'batchRepeated', 'batchFailed', 'eventRefused'];

export const isTransient = ({ what }: Fault): boolean => TRANSIENT.includes(what) || REPEATING.includes(what);
export const repeats = ({ what }: Fault): boolean => REPEATING.includes(what);

/** Whether an invocation is accepted although its caller was not told so. */
export const invokesUnanswered = (fault: Fault | undefined): boolean =>
  fault?.what === 'invokedTwice' || fault?.what === 'killAfter';

/** The fault as the local stack's fault plan has it. */
export function ruleOf({ what, nth }: Fault): Rule {
  const database = { service: 'dynamodb', function: '*' } as const;
  const pushes = { service: 'execute-api', function: '*', operation: 'PostToConnection' } as const;
  const invocations = { service: 'lambda', function: '*', operation: 'Invoke' } as const;
  const fromNthOn = Array.from({ length: OUTAGE_CALLS }, (_, index) => nth + index);
  switch (what) {
    case 'throttle':
      return { call: database, nth, do: 'throttle' };
    case 'conflict':
      return { call: database, nth, do: 'transactionConflict' };
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
      return {
        call: pushes,
        nth: Array.from({ length: PUSH_OUTAGE_CALLS }, (_, index) => nth + index),
        do: { error: 500 },
      };
    case 'invokedTwice':
      return { call: invocations, nth: 1, do: { reset: 'after' } };
    case 'invokeThrottled':
      return { call: invocations, nth: 1, do: 'throttle' };
    case 'batchRepeated':
      return { batch: {}, nth: 1, do: { fail: 'after' } };
    case 'batchFailed':
      return { batch: {}, nth: 1, do: { fail: 'before' } };
    case 'eventRefused':
      return { entry: {}, nth: 1, do: { error: 'InternalFailure' } };
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
