import type { Clock } from '../../clock.ts';
import type { Place } from './store/schema.ts';
import type { Table } from './store/table.ts';

/**
 * The items that transactions in flight hold. A transaction here takes no time, so there is nothing to hold; with a hold
 * time, it takes as long as AWS's do, and what meets it is refused as there.
 */
export class Holds {
  readonly #clock: Clock;
  readonly #held = new Set<string>();
  /** Milliseconds that each transaction takes. */
  holdMs = 0;
  /** Request tokens of transactions that have not been answered. */
  readonly inFlight = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isHeld(table: Table, place: Place): boolean {
    return this.#held.size > 0 && this.#held.has(identity(table, place));
  }

  /** Holds items for the time that a transaction takes. */
  async during(places: readonly { readonly table: Table; readonly place: Place }[]): Promise<void> {
    const names = places.map(({ table, place }) => identity(table, place));
    for (const name of names) this.#held.add(name);
    await new Promise<void>((resolve) => this.#clock.setTimer(resolve, this.holdMs));
    for (const name of names) this.#held.delete(name);
  }
}

const identity = ({ schema }: Table, { hash, range }: Place): string => JSON.stringify([schema.name, hash, range]);
