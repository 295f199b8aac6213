import type { Clock } from '../clock.ts';
import type { Stage, Throttling } from '../stack/model.ts';

/**
 * What API Gateway allows an account in a Region, all of its APIs together: requests of HTTP APIs, handshakes (UNCONFIRMED)
 * and messages of WebSocket APIs, and calls of @connections.
 * @see "Amazon API Gateway quotas", API Gateway Developer Guide; facts page, section 7
 */
export const ACCOUNT_QUOTA: Throttling = { rateLimit: 10_000, burstLimit: 5_000 };

/** Takes a request's share of the account's quota. @returns false: nothing is left of it */
export type TakeQuota = () => boolean;

/** Makes the account's quota, to be shared by all of its APIs. */
export function createAccountQuota(quota: Throttling, clock: Pick<Clock, 'nowMs'>): TakeQuota {
  const bucket = new TokenBucket(quota, clock.nowMs());
  return () => bucket.take(clock.nowMs());
}

/** Of a request that the account's quota refuses, for a person. */
export const QUOTA_REASON = "the account's quota is used up";

/** A token bucket: `rateLimit` tokens a second, at most `burstLimit` of them, full at first. 0 and 0 refuse everything. */
class TokenBucket {
  private readonly throttling: Throttling;
  private tokens: number;
  private filledAtMs: number;

  constructor(throttling: Throttling, nowMs: number) {
    this.throttling = throttling;
    this.tokens = throttling.burstLimit;
    this.filledAtMs = nowMs;
  }

  /** @returns false: throttled */
  take(nowMs: number): boolean {
    const { rateLimit, burstLimit } = this.throttling;
    const earned = (Math.max(0, nowMs - this.filledAtMs) / 1000) * rateLimit;
    this.tokens = Math.min(burstLimit, this.tokens + earned);
    this.filledAtMs = nowMs;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}

/**
 * A stage's throttling: a bucket for each route, by the route's own setting or else by the stage's default. That the
 * default counts each route by itself, and not all together, is UNCONFIRMED for WebSocket APIs.
 */
export function createThrottle(stage: Stage): (routeKey: string, nowMs: number) => boolean {
  const buckets = new Map<string, TokenBucket>();
  return (routeKey, nowMs) => {
    const throttling = stage.routeThrottling.get(routeKey) ?? stage.defaultThrottling;
    if (throttling === undefined) return true;
    let bucket = buckets.get(routeKey);
    if (bucket === undefined) {
      bucket = new TokenBucket(throttling, nowMs);
      buckets.set(routeKey, bucket);
    }
    return bucket.take(nowMs);
  };
}
