import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Clock, RateCheck, RateLimiter } from '../sessions/ports.ts';
import type { Database } from './database.ts';
import { expressions } from './expressions.ts';
import { toItem } from './items.ts';

export interface RateLimiterOptions {
  readonly tableName: string;
  readonly clock: Clock;
  /** Told when the counter could not be reached; the operation then goes on unlimited. */
  readonly onUnavailable: (error: unknown) => void;
}

/**
 * Counts in fixed windows: one item for each operation, subject and window, one atomic `ADD` for each check. Around
 * the border of two windows up to twice the limit can pass, which these limits can bear; a sliding window would cost
 * a read.
 */
export function createRateLimiter(
  { send }: Database,
  { tableName, clock, onUnavailable }: RateLimiterOptions,
): RateLimiter {
  function windowOf({ operation, subject, windowSeconds }: RateCheck) {
    const nowSeconds = clock.nowMs() / 1000;
    const window = Math.floor(nowSeconds / windowSeconds);
    const endsAt = (window + 1) * windowSeconds;
    return {
      counter: { TableName: tableName, Key: toItem({ identifier: `${operation}#${subject}#${window}` }) },
      endsAt,
      secondsLeft: Math.max(1, Math.ceil(endsAt - nowSeconds)),
    };
  }

  async function unlessUnavailable(read: () => Promise<string | undefined>): Promise<number> {
    try {
      return Number((await read()) ?? 0);
    } catch (error) {
      onUnavailable(error);
      return 0;
    }
  }

  return {
    async count({ weight = 1, ...check }) {
      const { counter, endsAt, secondsLeft } = windowOf(check);
      const update = new UpdateItemCommand({
        ...counter,
        ...expressions({
          update: 'ADD #count :weight SET #expiresAt = :expiresAt',
          values: { ':weight': weight, ':expiresAt': endsAt + check.windowSeconds },
        }),
        ReturnValues: 'UPDATED_NEW',
      });
      const count = await unlessUnavailable(async () => (await send(update)).Attributes?.count?.N);
      return { count, secondsLeft };
    },

    async peek(check) {
      const { counter, secondsLeft } = windowOf(check);
      const count = await unlessUnavailable(async () => (await send(new GetItemCommand(counter))).Item?.count?.N);
      return { count, secondsLeft };
    },
  };
}
