import type { Clock } from '../clock.ts';
import type { Table } from '../stack/model.ts';
import { type DynamoDb, DynamoDbCallError } from './dynamodb.ts';

/** DynamoDB leaves items alone that expired longer ago: facts 9. */
const OLDEST_EXPIRY_SECONDS = 5 * 365 * 24 * 3600;
/** Items looked at in one go: short enough that a function's own calls do not wait for it. */
const PAGE_ITEMS = 200;

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
 * Deletes expired items by each table's TTL attribute, which dynalite does not do. DynamoDB may take two days for it:
 * no code may depend on it being soon.
 */
export function startTtlSweeper({ dynamoDb, tables, clock, intervalMs, onError }: TtlSweeperOptions): TtlSweeper {
  let stopped = false;
  let running: Promise<unknown> = Promise.resolve();
  let cancel = (): void => {};

  const sweep = async (): Promise<number> => {
    let deleted = 0;
    for (const table of tables) {
      if (table.ttlAttribute !== undefined) {
        deleted += await sweepTable(dynamoDb, table, table.ttlAttribute, clock, () => stopped);
      }
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

async function sweepTable(
  dynamoDb: DynamoDb,
  { name, createTable }: Table,
  ttlAttribute: string,
  clock: Clock,
  isStopped: () => boolean,
): Promise<number> {
  const keyNames = (createTable.KeySchema as { AttributeName: string }[]).map(({ AttributeName }) => AttributeName);
  let deleted = 0;
  let startKey: unknown;
  do {
    const nowSeconds = Math.floor(clock.nowMs() / 1000);
    const expired = {
      TableName: name,
      ExpressionAttributeNames: { '#ttl': ttlAttribute },
      ExpressionAttributeValues: {
        ':now': { N: String(nowSeconds) },
        ':oldest': { N: String(nowSeconds - OLDEST_EXPIRY_SECONDS) },
      },
    };
    const condition = '#ttl < :now AND #ttl > :oldest';
    const page = await dynamoDb.call('Scan', {
      ...expired,
      Limit: PAGE_ITEMS,
      FilterExpression: condition,
      ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
    });
    for (const item of page.Items as Record<string, unknown>[]) {
      if (isStopped()) return deleted;
      const key = Object.fromEntries(keyNames.map((keyName) => [keyName, item[keyName]]));
      // The condition again: the item may have been renewed since it was read.
      if (await deleteIf(dynamoDb, { ...expired, Key: key, ConditionExpression: condition })) deleted += 1;
    }
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined && !isStopped());
  return deleted;
}

async function deleteIf(dynamoDb: DynamoDb, input: object): Promise<boolean> {
  try {
    await dynamoDb.call('DeleteItem', input);
    return true;
  } catch (error) {
    if (error instanceof DynamoDbCallError && error.code === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}
