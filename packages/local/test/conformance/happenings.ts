/** Things that happen, kept until someone waits for them. */
export class Happenings<T> {
  readonly #kept: T[] = [];
  readonly #waiting = new Set<{ readonly wanted: (one: T) => boolean; readonly take: (one: T) => void }>();

  add(one: T): void {
    for (const waiter of this.#waiting) {
      if (!waiter.wanted(one)) continue;
      this.#waiting.delete(waiter);
      waiter.take(one);
      return;
    }
    this.#kept.push(one);
  }

  /** Takes the first that is wanted: one that has happened, or else one to come. */
  next(wanted: (one: T) => boolean): Promise<T> {
    const at = this.#kept.findIndex(wanted);
    const [found] = at < 0 ? [] : this.#kept.splice(at, 1);
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((take) => this.#waiting.add({ wanted, take }));
  }

  /** What has happened and was not taken. */
  all(wanted: (one: T) => boolean): T[] {
    return this.#kept.filter(wanted);
  }
}
