import { ServiceError } from '../protocol/index.ts';
import type { LimitedOperation, Meter, RateLimiter } from './ports.ts';

export interface RateLimitDeps {
  readonly limiter: RateLimiter;
  readonly meter: Meter;
}

/**
 * Counts one operation and refuses it if it was one too many.
 * @param whenRefused what to do about it besides, knowing how many it were
 * @throws {ServiceError} RATE_LIMIT_EXCEEDED
 */
export async function refuseBeyond(
  limit: number,
  check: { operation: LimitedOperation; subject: string; windowSeconds: number },
  { limiter, meter }: RateLimitDeps,
  whenRefused: (count: number) => Promise<void> = async () => {},
): Promise<void> {
  const { count, secondsLeft } = await limiter.count(check);
  if (count <= limit) return;
  meter.rateLimitExceeded(check.operation);
  await whenRefused(count);
  throw new ServiceError(
    'RATE_LIMIT_EXCEEDED',
    `More than ${limit} in ${check.windowSeconds} s; wait ${secondsLeft} s`,
    {
      retryAfterSeconds: secondsLeft,
    },
  );
}
