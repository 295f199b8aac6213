/**
 * A caller's interest in an event, asked for while the event waits for an instance. AWS starts events at once, on as many
 * instances as it takes; here a few threads take turns, and callers may be gone before their turn comes.
 */
export class Interest {
  readonly #isAwaited: () => boolean;
  #isWithdrawn = false;
  #onWithdrawn: (() => void) | undefined;

  /** @param isAwaited false: somebody else's event goes first, and this one is run when there is none. Default: true */
  constructor(isAwaited: () => boolean = () => true) {
    this.#isAwaited = isAwaited;
  }

  get isAwaited(): boolean {
    return this.#isAwaited();
  }

  get isWithdrawn(): boolean {
    return this.#isWithdrawn;
  }

  /** Takes the event back, unless an instance has it already. May be called twice. */
  withdraw(): void {
    if (this.#isWithdrawn) return;
    this.#isWithdrawn = true;
    this.#onWithdrawn?.();
  }

  /** Calls when it is withdrawn, in place of an earlier callback. */
  onWithdrawn(callback: (() => void) | undefined): void {
    this.#onWithdrawn = callback;
  }
}
