/**
 * Deadlines without a timer each: adding and cancelling are one set operation, and whoever owns it sweeps now and then.
 * So a deadline is met up to one sweep interval late.
 */
export class Deadlines {
  private readonly open = new Set<{ readonly atMs: number; readonly expire: () => void }>();

  /** @returns cancels it */
  add(atMs: number, expire: () => void): () => void {
    const deadline = { atMs, expire };
    this.open.add(deadline);
    return () => this.open.delete(deadline);
  }

  sweep(nowMs: number): void {
    for (const deadline of this.open) {
      if (deadline.atMs > nowMs) continue;
      this.open.delete(deadline);
      deadline.expire();
    }
  }
}
