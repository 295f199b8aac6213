import { ServiceError } from '../protocol/index.ts';
import type { Meter, RateCheck, RateLimiter } from './ports.ts';

export interface RateLimitDeps {
  readonly limiter: Pick<RateLimiter, 'count'>;
  readonly meter: Pick<Meter, 'rateLimitExceeded'>;
}

/**
 * Counts one operation and refuses it if it is one too many.
 * @throws {ServiceError} RATE_LIMIT_EXCEEDED
 */
export async function enforceRateLimit(
  limit: number,
  check: RateCheck & { readonly weight?: number },
  { limiter, meter }: RateLimitDeps,
): Promise<void> {
  const { count, secondsLeft } = await limiter.count(check);
  if (count <= limit) return;
  meter.rateLimitExceeded(check.operation);
  throw rateLimitExceeded(limit, check.windowSeconds, secondsLeft);
}

export const rateLimitExceeded = (limit: number, windowSeconds: number, retryAfterSeconds: number) =>
  new ServiceError('RATE_LIMIT_EXCEEDED', `More than ${limit} in ${windowSeconds} s; wait ${retryAfterSeconds} s`, {
    retryAfterSeconds,
  });
