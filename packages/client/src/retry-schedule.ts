import { backoffDelayMs } from './backoff.ts';
import { sleep } from './clock.ts';
import { connectionFailed, SessionsError } from './errors.ts';
import type { ServiceClock } from './service-clock.ts';
import type { Timing } from './timing.ts';
import type { Retry } from './types.ts';

export interface RetryScheduleOptions {
  readonly timing: Timing;
  readonly clock: ServiceClock;
  readonly random: () => number;
  /** Ends every wait. */
  readonly signal: AbortSignal;
  readonly onRetry: (retry: Retry) => void;
}

/** Knows how often attempts have failed in a row, and how long the next one has to wait. */
export class RetrySchedule {
  readonly #options: RetryScheduleOptions;
  #failures = 0;
  #lastError = connectionFailed('The connection was lost');
  #notBeforeMs = 0;
  #wake = new AbortController();

  constructor(options: RetryScheduleOptions) {
    this.#options = options;
  }

  get failures(): number {
    return this.#failures;
  }

  get lastError(): SessionsError {
    return this.#lastError;
  }

  /** An attempt has failed. */
  failed(error: Error): void {
    this.#failures++;
    this.#lastError = error instanceof SessionsError ? error : connectionFailed(error.message, error);
    this.#notBeforeMs = this.#options.clock.nowMs() + (this.#lastError.retryAfterSeconds ?? 0) * 1000;
  }

  /** A connection was lost; one that was lost before it proved itself is no success: the waits go on growing. */
  lost(reason: string, hadProvedItself: boolean): void {
    this.#lastError = connectionFailed(`Lost: ${reason}`);
    this.#failures = hadProvedItself ? 0 : this.#failures + 1;
  }

  /** Forgets the failures, not what the service has asked to wait for. */
  reset(): void {
    this.#failures = 0;
  }

  /** Ends the wait that goes on. */
  wake(): void {
    this.#wake.abort();
  }

  /**
   * How long the next attempt has to wait: as long as the service asked for, and then a while that spreads a crowd.
   * A first connection and a refresh begin without a wait, the replacement of a lost connection with one.
   */
  nextDelayMs(of: 'first' | 'refresh' | 'replacement'): number {
    const { timing, clock, random } = this.#options;
    const backoff = of === 'refresh' ? timing.refresh : timing.reconnect;
    const attempt = of === 'replacement' ? this.#failures : Math.max(0, this.#failures - 1);
    return Math.max(0, this.#notBeforeMs - clock.nowMs()) + backoffDelayMs(attempt, { ...backoff, random });
  }

  /** @returns false: woken early, or over */
  async wait(delayMs: number): Promise<boolean> {
    const { clock, signal, onRetry } = this.#options;
    onRetry({ error: this.#lastError, attempt: this.#failures, delayMs: clock.localDurationMs(delayMs) });
    this.#wake = new AbortController();
    await sleep(clock, delayMs, AbortSignal.any([this.#wake.signal, signal]));
    return !this.#wake.signal.aborted && !signal.aborted;
  }
}
