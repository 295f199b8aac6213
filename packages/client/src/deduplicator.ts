interface Sight {
  readonly connection: object;
  readonly atMs: number;
}

/**
 * Lets each message through once while two connections overlap. For a moment a sender may know a listener by both, and
 * post to both; which comes first is chance. A message is recognised by its text, since the protocol gives it no
 * number: of each text as many are let through as the connection that got most of them got.
 */
export class Deduplicator {
  readonly #windowMs: number;
  /** In the order of the last sight, so that forgetting stops at the first text that is young enough. */
  readonly #seen = new Map<string, Sight[]>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** @returns whether it is new */
  accept(text: string, connection: object, nowMs: number): boolean {
    const since = nowMs - this.#windowMs;
    for (const [old, sights] of this.#seen) {
      if ((sights.at(-1)?.atMs ?? 0) >= since) break;
      this.#seen.delete(old);
    }
    const sights = (this.#seen.get(text) ?? []).filter(({ atMs }) => atMs >= since);
    const counts = new Map<object, number>();
    for (const { connection: by } of sights) counts.set(by, (counts.get(by) ?? 0) + 1);
    this.#seen.delete(text);
    this.#seen.set(text, [...sights, { connection, atMs: nowMs }]);
    return (counts.get(connection) ?? 0) + 1 > Math.max(0, ...counts.values());
  }
}
