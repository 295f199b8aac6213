/** How far a shard is done: everything up to a record, also when later ones are done before earlier ones. */
export class Checkpoint {
  /** Sequences that were handed out and are not done, ascending. */
  readonly #open = new Set<number>();
  #read: number;
  #saved: number;

  constructor(position: number) {
    this.#read = position;
    this.#saved = position;
  }

  /** The last sequence that was handed out. */
  get read(): number {
    return this.#read;
  }

  handOut(sequence: number): void {
    this.#open.add(sequence);
    this.#read = sequence;
  }

  /** Counts as done at once: nothing is to happen to it. */
  skip(sequence: number): void {
    this.#read = sequence;
  }

  done(sequence: number): void {
    this.#open.delete(sequence);
  }

  /** The new position, if it has moved since it was asked for last. */
  moved(): number | undefined {
    const [firstOpen] = this.#open;
    const position = firstOpen === undefined ? this.#read : Math.max(this.#saved, firstOpen - 1);
    if (position === this.#saved) return undefined;
    this.#saved = position;
    return position;
  }
}
