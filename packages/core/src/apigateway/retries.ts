import { backoffDelayMs } from './backoff.ts';
import { DeliveryError } from './delivery-error.ts';
import { createLanes } from './lanes.ts';
import type { ManagementAnswer, ManagementApi, ManagementCall } from './management-api.ts';

/** Attempts for a call, unless its caller gives a time instead. */
const MAX_ATTEMPTS = 3;

/** The mean wait before the first retry is half of it. Throttling takes longer to pass than a lost connection, as in the SDK. */
const BACKOFF_BASE_MS = 100;
const THROTTLED_BACKOFF_BASE_MS = 500;

/** How a call ended, after all attempts. */
export type Outcome = { readonly answer: ManagementAnswer } | { readonly error: unknown };

/** Calls to `@connections`, many at a time, with retries. */
export interface Retries {
  /**
   * Makes a call for each item and never throws for what becomes of it.
   * @param onEnd told once for each item
   * @param budgetMs the time for all of it: calls are retried as long as it lasts, and those that are not answered by
   * then have failed
   */
  each<T>(
    items: readonly T[],
    toCall: (item: T) => ManagementCall,
    onEnd: (item: T, outcome: Outcome) => void,
    budgetMs?: number,
  ): Promise<void>;
  /** Makes one call. @throws {DeliveryError} the last attempt's */
  one(call: ManagementCall, budgetMs?: number): Promise<ManagementAnswer>;
}

export function createRetries(
  api: ManagementApi,
  { maxInFlight, requestTimeoutMs }: { maxInFlight: number; requestTimeoutMs: number },
): Retries {
  const lanes = createLanes(maxInFlight);

  async function attempt(call: ManagementCall, timeoutMs: number): Promise<Outcome> {
    try {
      if (timeoutMs <= 0) throw new DeliveryError('DeadlineError', 'The time for all deliveries is over');
      return { answer: await api.call(call, timeoutMs) };
    } catch (error) {
      return { error };
    }
  }

  const retries: Retries = {
    each(items, toCall, onEnd, budgetMs) {
      const deadline = budgetMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + budgetMs;
      const maxAttempts = budgetMs === undefined ? MAX_ATTEMPTS : Number.POSITIVE_INFINITY;
      return lanes.run(items, async (item, attemptsBefore) => {
        const outcome = await attempt(toCall(item), Math.min(requestTimeoutMs, deadline - performance.now()));
        if ('error' in outcome && isRetryable(outcome.error) && attemptsBefore + 1 < maxAttempts) {
          const delayMs = backoffDelayMs(attemptsBefore, { baseMs: backoffBaseMs(outcome.error) });
          if (performance.now() + delayMs < deadline) return delayMs;
        }
        onEnd(item, outcome);
        return undefined;
      });
    },

    async one(call, budgetMs) {
      const outcomes: Outcome[] = [];
      await retries.each(
        [call],
        (only) => only,
        (_, outcome) => outcomes.push(outcome),
        budgetMs,
      );
      const [outcome] = outcomes as [Outcome];
      if ('error' in outcome) throw outcome.error;
      return outcome.answer;
    },
  };
  return retries;
}

const isRetryable = (error: unknown): error is DeliveryError => error instanceof DeliveryError && error.isRetryable;

const backoffBaseMs = ({ statusCode }: DeliveryError): number =>
  statusCode === 429 ? THROTTLED_BACKOFF_BASE_MS : BACKOFF_BASE_MS;
