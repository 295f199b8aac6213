import type { Clock } from '../clock.ts';
import type { Table } from '../stack/model.ts';
import type { DynamoDb } from './dynamodb.ts';

/** However compressed time is, there is some left for the functions. */
const LEAST_REAL_PAUSE_MS = 20;

export interface TtlSweeperOptions {
  readonly dynamoDb: DynamoDb;
  readonly tables: readonly Table[];
  readonly clock: Clock;
  /** Milliseconds between the end of one sweep and the start of the next. */
  readonly intervalMs: number;
  /** A sweep failed; the next one comes as usual. */
  readonly onError: (error: unknown) => void;
}

export interface TtlSweeper {
  /** Deletes what has expired by now. @returns how many items */
  sweep(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Deletes expired items by each table's TTL attribute, now and then. DynamoDB may take two days for it: no code may
 * depend on it being soon.
 */
export function startTtlSweeper({ dynamoDb, tables, clock, intervalMs, onError }: TtlSweeperOptions): TtlSweeper {
  let stopped = false;
  let running: Promise<unknown> = Promise.resolve();
  let cancel = (): void => {};

  const sweep = async (): Promise<number> => {
    let deleted = 0;
    for (const table of tables) {
      if (table.ttlAttribute !== undefined) deleted += await dynamoDb.expire(table.name, () => stopped);
    }
    return deleted;
  };
  const schedule = (): void => {
    cancel = clock.setTimer(
      () => {
        running = sweep()
          .catch((error: unknown) => stopped || onError(error))
          .finally(() => stopped || schedule());
      },
      intervalMs,
      LEAST_REAL_PAUSE_MS,
    );
  };
  schedule();

  return {
    sweep,
    async stop() {
      stopped = true;
      cancel();
      await running;
    },
  };
}
