import type { Meter, RateLimiter } from './ports.ts';
import { refuseBeyond } from './rate-limit.ts';

export interface AdmitConnectionDeps {
  readonly limiter: RateLimiter;
  readonly meter: Meter;
  readonly settings: { readonly connectionsPerMinute: number };
}

/**
 * Whether an address may open one more connection. The limit is for a whole room behind one address.
 * @throws {ServiceError} RATE_LIMIT_EXCEEDED
 */
export const createAdmitConnection = (deps: AdmitConnectionDeps) => (addressHash: string) =>
  refuseBeyond(
    deps.settings.connectionsPerMinute,
    { operation: 'connect', subject: addressHash, windowSeconds: 60 },
    deps,
  );
