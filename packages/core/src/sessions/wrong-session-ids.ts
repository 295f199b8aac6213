import type { Meter, RateLimiter } from './ports.ts';
import { rateLimitExceeded } from './rate-limit.ts';

export interface WrongSessionIdsDeps {
  readonly limiter: RateLimiter;
  readonly meter: Pick<Meter, 'rateLimitExceeded'>;
  readonly settings: {
    /** Wrong session IDs that one address may send in a minute. */
    readonly wrongSessionIdsPerMinute: number;
  };
}

/**
 * Limits the guessing of session IDs by address. When the limit is used up, right IDs wait as well, for an answer would
 * tell which one is right. Requests with a join key never come here: a full room with links is not held up by a guesser
 * behind the same address.
 */
export interface WrongSessionIds {
  /** @throws {ServiceError} RATE_LIMIT_EXCEEDED: the address has sent too many wrong IDs */
  enforce(addressHash: string): Promise<void>;
  /** Counts one wrong ID. @throws {ServiceError} RATE_LIMIT_EXCEEDED: it was one too many */
  count(addressHash: string): Promise<void>;
}

const WINDOW_SECONDS = 60;

export function createWrongSessionIds({ limiter, meter, settings }: WrongSessionIdsDeps): WrongSessionIds {
  const limit = settings.wrongSessionIdsPerMinute;
  const checkOf = (subject: string) =>
    ({ operation: 'wrongSessionId', subject, windowSeconds: WINDOW_SECONDS }) as const;
  const refuse = (secondsLeft: number) => {
    meter.rateLimitExceeded('wrongSessionId');
    throw rateLimitExceeded(limit, WINDOW_SECONDS, secondsLeft);
  };
  return {
    async enforce(addressHash) {
      const { count, secondsLeft } = await limiter.peek(checkOf(addressHash));
      if (count >= limit) refuse(secondsLeft);
    },
    async count(addressHash) {
      const { count, secondsLeft } = await limiter.count(checkOf(addressHash));
      if (count > limit) refuse(secondsLeft);
    },
  };
}
