/**
 * How much faster than allowed messages may arrive. Two that were sent in time arrive early when the one before was
 * held up on its way: half of the nominal distance forgives a delay of a whole interval.
 */
const TOLERANCE = 0.5;

/**
 * A limit on how often one connection sends a kind of message, kept on the connection's own item: the times of the last
 * two are enough for it, and the write that notes them is the check.
 */
export interface MinimumSpacing {
  /** The message before the last one must be from this time or before, for one to be allowed now. */
  previousNotAfterMs(nowMs: number): number;
  /** Whole seconds until the next one is allowed. @param previousAtMs when the one before the last came */
  retryAfterSeconds(previousAtMs: number | undefined, nowMs: number): number;
}

export function createMinimumSpacing(perMinute: number): MinimumSpacing {
  const minTwoApartMs = ((2 * 60_000) / perMinute) * TOLERANCE;
  return {
    previousNotAfterMs: (nowMs) => nowMs - minTwoApartMs,
    retryAfterSeconds: (previousAtMs, nowMs) =>
      Math.max(1, Math.ceil(((previousAtMs ?? nowMs) + minTwoApartMs - nowMs) / 1000)),
  };
}
