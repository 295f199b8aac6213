import { setTimeout as delay } from 'node:timers/promises';
import type { Sleep } from '../sessions/ports.ts';
import { unavailable } from './errors.ts';

/** Shortest and longest bound of the pause before another attempt. A transaction holds its items for 8 to 22 ms. */
const BASE_MS = 20;
const CAP_MS = 250;

/** How long to go on with what other transactions stand in the way of. */
export type Patience =
  | { readonly maxAttempts: number }
  /** No attempt starts later than this after the first one. */
  | { readonly maxMs: number };

/** For what a client waits for. */
export const REQUEST: Patience = { maxAttempts: 8 };
/**
 * For what has to be done all the same, and no client waits for: 2,000 leaves in one second need up to 20 attempts
 * (simulated).
 */
export const LEAVE: Patience = { maxMs: 20_000 };

export interface RetryOptions {
  /** Default: real time. */
  readonly sleep?: Sleep;
  /** From 0, below 1. Default: `Math.random`. */
  readonly random?: () => number;
  /** A clock that never goes back, milliseconds. Default: `performance.now`. */
  readonly elapsedMs?: () => number;
}

/** Runs attempts until one is not refused for a moment. */
export type Retry = <T>(
  patience: Patience,
  attempt: () => Promise<T>,
  /** Whether the result asks for another attempt; errors that do are given as well. */
  isTransient: (outcome: { readonly result: T } | { readonly error: unknown }) => boolean,
) => Promise<T>;

/**
 * Retries with exponential backoff and full jitter.
 * @see "Exponential Backoff And Jitter", AWS Architecture Blog (2015)
 */
export function createRetry({
  sleep = async (milliseconds) => void (await delay(milliseconds)),
  random = Math.random,
  elapsedMs = () => performance.now(),
}: RetryOptions = {}): Retry {
  return async (patience, attempt, isTransient) => {
    const startMs = elapsedMs();
    for (let attempts = 1; ; attempts++) {
      const outcome = await attempt().then(
        (result) => ({ result }),
        (error: unknown) => ({ error }),
      );
      if (!isTransient(outcome)) {
        if ('error' in outcome) throw outcome.error;
        return outcome.result;
      }
      const pauseMs = random() * Math.min(CAP_MS, BASE_MS * 2 ** (attempts - 1));
      const isOver =
        'maxAttempts' in patience ? attempts >= patience.maxAttempts : elapsedMs() - startMs + pauseMs > patience.maxMs;
      if (isOver) {
        throw unavailable(
          `Other changes of the same records did not cease in ${attempts} attempts`,
          'error' in outcome ? outcome.error : undefined,
        );
      }
      await sleep(pauseMs);
    }
  };
}
