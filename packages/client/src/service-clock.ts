import type { Clock } from './clock.ts';

/** What a local stack says of its time. */
export interface LocalTime {
  /** epoch milliseconds */
  readonly nowMs: number;
  /** Milliseconds of the stack for each real one. */
  readonly scale: number;
}

/** However compressed the time is, a wait is not shorter than this: each of them leads to work. Real milliseconds. */
const MIN_WAIT_MS = 20;

interface Timer {
  readonly callback: () => void;
  dueMs: number;
  cancel: () => void;
}

/**
 * The service's time, by which all that it asks for is due: heartbeats, refreshes, pauses, the expiry of tokens. It is
 * this machine's, unless a local stack says that its own runs faster.
 */
export class ServiceClock implements Clock {
  readonly #local: Clock;
  readonly #timers = new Set<Timer>();
  #scale = 1;
  #localBaseMs = 0;
  #baseMs = 0;
  #hasFollowed = false;

  /** @param local this machine's */
  constructor(local: Clock) {
    this.#local = local;
  }

  nowMs(): number {
    return this.#baseMs + (this.#local.nowMs() - this.#localBaseMs) * this.#scale;
  }

  setTimer(callback: () => void, delayMs: number): () => void {
    const timer: Timer = { callback, dueMs: this.nowMs() + delayMs, cancel: () => {} };
    this.#timers.add(timer);
    this.#arm(timer, delayMs);
    return () => {
      this.#timers.delete(timer);
      timer.cancel();
    };
  }

  /** From now on it runs like the stack's. Timers keep their time on it, unless the stack is another one. */
  follow({ nowMs, scale }: LocalTime): void {
    const jumpMs = nowMs - this.nowMs();
    // The stack's time is new to this clock, or begins anew: what was due after a wait is due after that wait.
    const isOther = !this.#hasFollowed || jumpMs < -1000 * scale;
    this.#hasFollowed = true;
    this.#localBaseMs = this.#local.nowMs();
    this.#baseMs = nowMs;
    this.#scale = scale;
    for (const timer of this.#timers) {
      if (isOther) timer.dueMs += jumpMs;
      timer.cancel();
      this.#arm(timer, timer.dueMs - nowMs);
    }
  }

  /** How long a time of the service takes on this machine, milliseconds. */
  localDurationMs(durationMs: number): number {
    return durationMs / this.#scale;
  }

  /** When a time of the service is there, by this machine's clock: epoch milliseconds. */
  localTimeMs(timeMs: number): number {
    return this.#local.nowMs() + this.localDurationMs(timeMs - this.nowMs());
  }

  #arm(timer: Timer, delayMs: number): void {
    const waitMs = this.#scale === 1 ? delayMs : Math.max(delayMs / this.#scale, Math.min(delayMs, MIN_WAIT_MS));
    timer.cancel = this.#local.setTimer(() => {
      this.#timers.delete(timer);
      timer.callback();
    }, waitMs);
  }
}
