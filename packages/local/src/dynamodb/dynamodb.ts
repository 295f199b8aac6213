import type { IncomingHttpHeaders } from 'node:http';
import { type Clock, systemClock } from '../clock.ts';
import type { Database } from './engine/database.ts';
import { type DynamoDbAnswer, Engine, refused } from './engine/engine.ts';
import { DynamoDbError } from './engine/errors.ts';
import { expireItems } from './engine/expire.ts';
import type { SyncPolicy } from './engine/log/log-file.ts';

export type { DynamoDbAnswer } from './engine/engine.ts';

/** DynamoDB refused a call that the runtime itself made. */
export class DynamoDbCallError extends Error {
  override readonly name = 'DynamoDbCallError';
  /** e.g. `ConditionalCheckFailedException` */
  readonly code: string;
  constructor(operation: string, code: string, message: string, options?: ErrorOptions) {
    super(`${operation}: ${code} ${message}`.trim(), options);
    this.code = code;
  }
}

/** An embedded DynamoDB. */
export interface DynamoDb {
  /** Tables and streams, past all permissions and faults. */
  readonly database: Database;
  /** Answers one HTTP request that was read already: at once, unless it takes time. Never throws, nor rejects. */
  handle(headers: IncomingHttpHeaders, body: Buffer): DynamoDbAnswer | Promise<DynamoDbAnswer>;
  /** A call of the runtime's own, past all permissions. @throws {DynamoDbCallError} */
  call(operation: string, input: object): Promise<Record<string, unknown>>;
  /** How long after a write a global secondary index shows it; 0: at once. Unknown names are ignored. */
  setIndexLag(table: string, index: string, lagMs: number): void;
  /** Deletes what has expired of a table with TTL. @returns how many items */
  expire(table: string, isStopped: () => boolean): Promise<number>;
  stop(): Promise<void>;
}

/** A query or scan of an index that lags. */
export interface LaggingRead {
  readonly table: string;
  readonly index: string;
  /** Something written lately was left out. */
  readonly isStale: boolean;
}

export interface DynamoDbOptions {
  /** Absolute; made if it is not there. One process at a time, see `claimDataFolder`. Absent: in memory. */
  readonly folder?: string | undefined;
  /** Default: real time. */
  readonly clock?: Clock;
  readonly region?: string;
  readonly accountId?: string;
  /** When what was written is on the disk itself. Default: after 100 ms at most. */
  readonly sync?: SyncPolicy;
  /** Says in one line what was found in the folder and mended. Default: printed. */
  readonly onNotice?: (line: string) => void;
  readonly onLaggingRead?: (read: LaggingRead) => void;
  /** Of a log that is rewritten when it has grown. Default: 8 MB. */
  readonly minCompactionBytes?: number;
}

/** A power cut loses no more than what was written in so many milliseconds. */
const DEFAULT_SYNC_MS = 100;

/**
 * Starts DynamoDB, in memory or in a folder.
 * @throws {DataFolderError} the folder holds something else, or is damaged
 */
export function startDynamoDb({
  folder,
  clock = systemClock,
  region = 'us-east-1',
  accountId = '000000000000',
  sync = { afterMs: DEFAULT_SYNC_MS },
  onNotice = console.error,
  minCompactionBytes,
  onLaggingRead,
}: DynamoDbOptions = {}): DynamoDb {
  const store =
    folder === undefined
      ? undefined
      : { folder, sync, onNotice, ...(minCompactionBytes !== undefined && { minCompactionBytes }) };
  return new EmbeddedDynamoDb(
    new Engine({ clock, region, accountId, ...(store && { store }), ...(onLaggingRead && { onLaggingRead }) }),
  );
}

class EmbeddedDynamoDb implements DynamoDb {
  readonly #engine: Engine;
  readonly #pending = new Set<Promise<unknown>>();
  #stopped: Promise<void> | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get database(): Database {
    return this.#engine.database;
  }

  handle(headers: IncomingHttpHeaders, body: Buffer): DynamoDbAnswer | Promise<DynamoDbAnswer> {
    if (this.#stopped) return failure(503, 'ServiceUnavailable', 'DynamoDB has stopped');
    const answer = this.#engine.answer(String(headers['x-amz-target']), body);
    return answer instanceof Promise ? this.#track(answer) : answer;
  }

  async call(operation: string, input: object): Promise<Record<string, unknown>> {
    try {
      if (this.#stopped) throw new DynamoDbError('ServiceUnavailable', 'DynamoDB has stopped', { statusCode: 503 });
      return await this.#track(this.#engine.call(operation, input));
    } catch (error) {
      if (!(error instanceof DynamoDbError)) throw error;
      throw new DynamoDbCallError(operation, error.code, error.message, { cause: error });
    }
  }

  setIndexLag(table: string, index: string, lagMs: number): void {
    const { tables, clock } = this.#engine.database;
    tables.get(table)?.indexes.get(index)?.setLag(lagMs, clock.nowMs());
  }

  expire(table: string, isStopped: () => boolean): Promise<number> {
    return this.#stopped ? Promise.resolve(0) : this.#track(expireItems(this.#engine.database, table, isStopped));
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#close();
    return this.#stopped;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#pending);
    this.#engine.stop();
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#pending.add(work);
    const forget = () => this.#pending.delete(work);
    work.then(forget, forget);
    return work;
  }
}

/** An error in DynamoDB's form. @param code without the namespace in front */
export function failure(statusCode: number, code: string, message: string): DynamoDbAnswer {
  return refused(new DynamoDbError(code, message, { statusCode }));
}
