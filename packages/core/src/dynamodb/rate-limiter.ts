import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Clock, RateLimiter } from '../sessions/ports.ts';
import type { Database } from './database.ts';
import { toItem, values } from './items.ts';

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
  return {
    async count({ operation, subject, windowSeconds }) {
      const nowSeconds = clock.nowMs() / 1000;
      const window = Math.floor(nowSeconds / windowSeconds);
      const windowEnd = (window + 1) * windowSeconds;
      const secondsLeft = Math.max(1, Math.ceil(windowEnd - nowSeconds));
      try {
        const { Attributes } = await send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: toItem({ identifier: `${operation}#${subject}#${window}` }),
            UpdateExpression: 'ADD #count :one SET expiresAt = :expiresAt',
            ExpressionAttributeNames: { '#count': 'count' },
            ExpressionAttributeValues: values({ ':one': 1, ':expiresAt': windowEnd + windowSeconds }),
            ReturnValues: 'UPDATED_NEW',
          }),
        );
        return { count: Number(Attributes?.count?.N ?? 0), secondsLeft };
      } catch (error) {
        onUnavailable(error);
        return { count: 0, secondsLeft };
      }
    },
  };
}
