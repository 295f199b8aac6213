import { EventEmitter, once } from 'node:events';
import type { Clock } from '../../src/index.ts';

/** A clock that can jump, such as that of a local stack. */
export interface JumpingClock extends Clock {
  advance(ms: number): void;
}

/** The client's patience with the answer to a close frame, with messages that are sent again, and with `getToken`. */
const OTHER_PATIENCE_MS: readonly number[] = [3000, 4000, 30_000];

interface Timer {
  readonly dueMs: number;
  readonly client: string;
  readonly isPatience: boolean;
  /** Part of getting over something: not one of those that go on for ever, such as heartbeats. */
  readonly isShort: boolean;
}

/** Half of the shortest interval of heartbeats. The first one comes sooner, and is sent while time passes. */
const SHORT_MS = 15_000;

/** Timers of this length are the client's patience with an answer that is on its way. */
export const PATIENCE_MS = 10_001;

/**
 * The time of many clients, which passes only when none of them waits for an answer: so it can jump by minutes without
 * anybody running out of patience, however slow the machine is.
 */
export class TestClock {
  readonly #clock: JumpingClock;
  readonly #timers = new Set<Timer>();
  readonly #changes = new EventEmitter();

  constructor(clock: JumpingClock) {
    this.#clock = clock;
    this.#changes.setMaxListeners(0);
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  /** The same time for one client, whose waits are told apart. */
  of(client: string): Clock {
    return {
      nowMs: () => this.#clock.nowMs(),
      setTimer: (callback, delayMs) => {
        const isPatience = delayMs === PATIENCE_MS || OTHER_PATIENCE_MS.includes(delayMs);
        const timer = { dueMs: this.#clock.nowMs() + delayMs, client, isPatience, isShort: delayMs < SHORT_MS };
        this.#timers.add(timer);
        const done = () => {
          this.#timers.delete(timer);
          this.#changes.emit('change');
        };
        const cancel = this.#clock.setTimer(() => {
          done();
          callback();
        }, delayMs);
        return () => {
          cancel();
          done();
        };
      },
    };
  }

  /** Something happened that `settle` may wait for. */
  changed(): void {
    this.#changes.emit('change');
  }

  /** Resolves with the next timer that ends, or `changed`. */
  async change(): Promise<void> {
    await once(this.#changes, 'change');
  }

  /**
   * Lets time pass until nobody waits for an answer, and nobody gets over anything any more.
   * @param isBusy something else than a client is at work
   * @param isHopeless no answer will come to that client: its patience is to end
   */
  async settle(isBusy: () => boolean, isHopeless: (client: string) => boolean): Promise<void> {
    for (;;) {
      // What was just received may lead to the next request.
      await new Promise((resolve) => setImmediate(resolve));
      const timers = [...this.#timers];
      if (isBusy() || timers.some(({ client, isPatience }) => isPatience && !isHopeless(client))) {
        await this.change();
        continue;
      }
      const soon = timers.filter(({ isShort }) => isShort);
      if (soon.length === 0) return;
      const nextMs = Math.min(...soon.map(({ dueMs }) => dueMs));
      const change = this.change();
      this.#clock.advance(Math.max(0, nextMs - this.nowMs()));
      await change;
    }
  }

  advance(ms: number): void {
    this.#clock.advance(ms);
  }
}
