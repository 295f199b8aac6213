import type { Clock } from './clock.ts';

/** How much of a connection's life is left when it is refreshed without having been asked to. */
const LEAST_LEFT = 0.1;
const JITTER = 0.02;

/**
 * When a connection is to be refreshed if the service's notice never comes: when a tenth of its life is left, which is
 * after every notice and leaves time for attempts that fail.
 * @returns milliseconds from now
 */
export function refreshDelayMs(
  { ageMs, remainingMs }: { readonly ageMs: number; readonly remainingMs: number },
  random: () => number = Math.random,
): number {
  const lifetimeMs = ageMs + remainingMs;
  return Math.max(0, remainingMs - lifetimeMs * (LEAST_LEFT + JITTER * random()));
}

/** Calls once, at the latest moment for a refresh that the acknowledgements allow to know. */
export class RefreshClock {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #onDue: () => void;
  #cancelTimer: (() => void) | undefined;
  #dueAtMs: number | undefined;
  #expiresAtMs: number | undefined;

  constructor({ clock, random, onDue }: { clock: Clock; random: () => number; onDue: () => void }) {
    this.#clock = clock;
    this.#random = random;
    this.#onDue = onDue;
  }

  /** By the clock handed in, epoch milliseconds; unknown before the first acknowledgement. */
  get dueAtMs(): number | undefined {
    return this.#dueAtMs;
  }

  /** By the clock handed in, epoch milliseconds; unknown before the first acknowledgement. */
  get expiresAtMs(): number | undefined {
    return this.#expiresAtMs;
  }

  /** @param remainingMs by the service's clock alone, so that this machine's may be wrong */
  set({ ageMs, remainingMs }: { readonly ageMs: number; readonly remainingMs: number }): void {
    // Once is enough: later acknowledgements say the same, and must not draw the jitter anew.
    if (this.#cancelTimer || !Number.isFinite(remainingMs)) return;
    const nowMs = this.#clock.nowMs();
    const delayMs = refreshDelayMs({ ageMs, remainingMs }, this.#random);
    this.#expiresAtMs = nowMs + remainingMs;
    this.#dueAtMs = nowMs + delayMs;
    this.#cancelTimer = this.#clock.setTimer(this.#onDue, delayMs);
  }

  stop(): void {
    this.#cancelTimer?.();
  }
}
