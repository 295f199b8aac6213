import { setTimeout } from 'node:timers/promises';
import { PublishError } from './publish-error.ts';

const BASE_DELAY_MS = 100;
const MAX_DELAY_MS = 5000;

export interface RetryOptions {
  /** For all attempts and the waits between them. */
  readonly budgetMs: number;
  /** For one attempt. */
  readonly attemptTimeoutMs: number;
  /** Stops attempts and waits. */
  readonly signal?: AbortSignal | undefined;
}

/** Time and chance, which tests replace. */
export interface Timing {
  readonly nowMs: () => number;
  /** @throws the reason of the signal, when it is aborted */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 to 1. */
  readonly random: () => number;
}

export const realTiming: Timing = {
  nowMs: () => performance.now(),
  sleep: async (ms, signal) => {
    await setTimeout(ms, undefined, { signal }).catch((error: unknown) => {
      throw signal?.aborted ? signal.reason : error;
    });
  },
  random: Math.random,
};

/**
 * Repeats an attempt while its failure is one that passes, with exponential backoff and full jitter, and not before the time
 * that the service named. No wait goes beyond the budget.
 * @throws {PublishError} of the last attempt
 * @see "Exponential Backoff And Jitter", AWS Architecture Blog (2015)
 */
export async function retry<T>(
  attempt: (signal: AbortSignal) => Promise<T>,
  { budgetMs, attemptTimeoutMs, signal }: RetryOptions,
  { nowMs, sleep, random }: Timing,
): Promise<T> {
  const deadlineMs = nowMs() + budgetMs;
  for (let attempts = 1; ; attempts++) {
    signal?.throwIfAborted();
    try {
      return await within(attempt, Math.min(attemptTimeoutMs, deadlineMs - nowMs()), signal);
    } catch (error) {
      if (!(error instanceof PublishError)) throw error;
      error.attempts = attempts;
      const backoffMs = random() * Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** (attempts - 1));
      const delayMs = (error.retryAfterSeconds ?? 0) * 1000 + backoffMs;
      if (!error.isTransient || nowMs() + delayMs >= deadlineMs) throw error;
      await sleep(delayMs, signal);
    }
  }
}

/** @throws {PublishError} NO_ANSWER: the attempt took too long */
async function within<T>(attempt: (signal: AbortSignal) => Promise<T>, timeoutMs: number, signal?: AbortSignal) {
  const timeout = AbortSignal.timeout(Math.max(1, Math.round(timeoutMs)));
  try {
    return await attempt(signal ? AbortSignal.any([signal, timeout]) : timeout);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (!timeout.aborted || error instanceof PublishError) throw error;
    throw new PublishError('NO_ANSWER', `No answer within ${Math.round(timeoutMs)} ms`, { cause: error });
  }
}
