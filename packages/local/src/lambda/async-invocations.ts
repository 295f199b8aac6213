import type { Clock } from '../clock.ts';
import type { LambdaFunction } from '../stack/model.ts';
import type { ExecutionOutcome } from './execution.ts';

/** Before the first and the second retry. @see "How Lambda handles errors and retries with asynchronous invocation" */
export const ASYNC_RETRY_DELAYS_MS: readonly number[] = [60_000, 120_000];
/** After a throttle Lambda tries again for as long as the event may live, at first after a second, at last every 5 minutes. */
const THROTTLE_DELAY_MS = { first: 1000, last: 300_000 };

/** An asynchronous event that was given up. */
export interface DroppedEvent {
  readonly functionName: string;
  readonly requestId: string;
  readonly reason: 'retriesExhausted' | 'eventAgeExceeded' | 'forbidden' | 'tooLarge' | 'noSuchFunction';
  /** How often the function ran with it. */
  readonly attempts: number;
  readonly event: unknown;
}

export interface AsyncEvent {
  readonly fn: LambdaFunction;
  /** The same for every attempt, as in Lambda. */
  readonly requestId: string;
  readonly payloadJson: string;
}

export interface AsyncInvocationsOptions {
  readonly clock: Clock;
  readonly retryDelaysMs: readonly number[];
  readonly execute: (event: AsyncEvent, attempt: number) => Promise<ExecutionOutcome>;
  /** @param last how its last attempt ended */
  readonly onDropped: (event: DroppedEvent, last: ExecutionOutcome) => void;
}

/** Lambda's queue of asynchronous events: each is tried until it succeeds, ran out of retries, or became too old. */
export interface AsyncInvocations {
  enqueue(event: AsyncEvent): void;
  /** Events that were not delivered by now never are. */
  stop(): void;
}

export function createAsyncInvocations(options: AsyncInvocationsOptions): AsyncInvocations {
  const { clock, retryDelaysMs, execute, onDropped } = options;
  const cancels = new Set<() => void>();
  let stopped = false;

  const later = (delayMs: number, callback: () => void) => {
    const cancel = clock.setTimer(() => {
      cancels.delete(cancel);
      callback();
    }, delayMs);
    cancels.add(cancel);
  };

  const attempt = async (event: AsyncEvent, queuedAtMs: number, failures: number, throttles: number): Promise<void> => {
    const { maximumRetryAttempts, maximumEventAgeSeconds } = event.fn.asyncInvoke;
    const outcome = await execute(event, failures + 1);
    if (stopped || outcome.kind === 'returned') return;
    const throttled = outcome.kind === 'throttled';
    const failed = throttled ? failures : failures + 1;
    const drop = (reason: DroppedEvent['reason']) => onDropped(dropped(event, reason, failed), outcome);
    if (outcome.kind === 'forbidden') return drop('forbidden');
    if (failed > maximumRetryAttempts) return drop('retriesExhausted');
    const delayMs = throttled
      ? Math.min(THROTTLE_DELAY_MS.first * 2 ** throttles, THROTTLE_DELAY_MS.last)
      : (retryDelaysMs[failed - 1] ?? retryDelaysMs.at(-1) ?? 0);
    if (clock.nowMs() + delayMs - queuedAtMs > maximumEventAgeSeconds * 1000) return drop('eventAgeExceeded');
    later(delayMs, () => void attempt(event, queuedAtMs, failed, throttled ? throttles + 1 : 0));
  };

  return {
    enqueue: (event) => void attempt(event, clock.nowMs(), 0, 0),
    stop() {
      stopped = true;
      for (const cancel of cancels) cancel();
      cancels.clear();
    },
  };
}

function dropped({ fn, requestId, payloadJson }: AsyncEvent, reason: DroppedEvent['reason'], attempts: number) {
  return { functionName: fn.name, requestId, reason, attempts, event: JSON.parse(payloadJson) as unknown };
}
