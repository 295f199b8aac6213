import type { Clock } from './clock.ts';
import { renewalDelayMs } from './token.ts';

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

export interface RefreshClockOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** @param needsFreshToken because the token expires, and not the connection */
  readonly onDue: (reason: string, needsFreshToken: boolean) => void;
}

/** Knows when a connection is to be refreshed at the latest: before it expires, and before its token does. */
export class RefreshClock {
  readonly #options: RefreshClockOptions;
  #cancelTimer: (() => void) | undefined;
  #cancelTokenTimer: (() => void) | undefined;
  #connectionDueAtMs: number | undefined;
  #tokenDueAtMs: number | undefined;
  #expiresAtMs: number | undefined;

  constructor(options: RefreshClockOptions) {
    this.#options = options;
  }

  /** By the clock handed in, epoch milliseconds; unknown before the first acknowledgement. */
  get dueAtMs(): number | undefined {
    if (this.#connectionDueAtMs === undefined) return undefined;
    return Math.min(this.#connectionDueAtMs, this.#tokenDueAtMs ?? this.#connectionDueAtMs);
  }

  /** By the clock handed in, epoch milliseconds; unknown before the first acknowledgement. */
  get expiresAtMs(): number | undefined {
    return this.#expiresAtMs;
  }

  /** @param remainingMs by the service's clock alone, so that this machine's may be wrong */
  set({ ageMs, remainingMs }: { readonly ageMs: number; readonly remainingMs: number }): void {
    // Once is enough: later acknowledgements say the same, and must not draw the jitter anew.
    if (this.#cancelTimer || !Number.isFinite(remainingMs)) return;
    const { clock, random, onDue } = this.#options;
    const nowMs = clock.nowMs();
    const delayMs = refreshDelayMs({ ageMs, remainingMs }, random);
    this.#expiresAtMs = nowMs + remainingMs;
    this.#connectionDueAtMs = nowMs + delayMs;
    this.#cancelTimer = clock.setTimer(() => onDue('the connection is old', false), delayMs);
  }

  /** @param tokenExpiresAtMs epoch milliseconds, as the token says */
  setTokenExpiry(tokenExpiresAtMs: number): void {
    const { clock, onDue } = this.#options;
    const nowMs = clock.nowMs();
    const delayMs = renewalDelayMs(tokenExpiresAtMs - nowMs);
    if (delayMs === undefined) return;
    this.#tokenDueAtMs = nowMs + delayMs;
    this.#cancelTokenTimer = clock.setTimer(() => onDue('the token expires soon', true), delayMs);
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTokenTimer?.();
  }
}
