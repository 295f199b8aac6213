import { type Clock, sleep } from './clock.ts';
import { hasCode } from './errors.ts';

export interface ChangeQueueOptions<Change, Done> {
  /** How far apart the service takes changes, milliseconds. */
  readonly spacingMs: number;
  /** The service's. */
  readonly clock: Clock;
  /** Ends every wait. */
  readonly signal: AbortSignal;
  /** What an earlier and a later change come to. */
  readonly merge: (earlier: Change, later: Change) => Change;
  readonly send: (change: Change) => Promise<Done>;
}

/** How often a change is repeated that the service found too early all the same. */
const MAX_REPEATS = 3;

/**
 * Sends changes one at a time and as far apart as the service takes them. Those that come meanwhile are merged, so that
 * a slider that is dragged sends few of its positions, and the last one always.
 */
export class ChangeQueue<Change, Done> {
  readonly #options: ChangeQueueOptions<Change, Done>;
  #next: { change: Change; done: Promise<Done> } | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #notBeforeMs = 0;

  constructor(options: ChangeQueueOptions<Change, Done>) {
    this.#options = options;
  }

  /** Resolves when the change, or what it was merged into, has been made. */
  add(change: Change): Promise<Done> {
    if (this.#next) {
      this.#next.change = this.#options.merge(this.#next.change, change);
      return this.#next.done;
    }
    const done = this.#last.then(() => this.#sendNext());
    this.#next = { change, done };
    this.#last = done.catch(() => {});
    return done;
  }

  async #sendNext(): Promise<Done> {
    const { clock, signal, send, spacingMs } = this.#options;
    const waitMs = this.#notBeforeMs - clock.nowMs();
    if (waitMs > 0) await sleep(clock, waitMs, signal);
    const { change } = this.#next as { change: Change };
    this.#next = undefined;
    try {
      for (let repeats = 0; ; repeats++) {
        try {
          return await send(change);
        } catch (error) {
          if (!hasCode(error, 'RATE_LIMIT_EXCEEDED') || repeats >= MAX_REPEATS) throw error;
          await sleep(clock, (error.retryAfterSeconds ?? 1) * 1000, signal);
        }
      }
    } finally {
      this.#notBeforeMs = clock.nowMs() + spacingMs;
    }
  }
}
