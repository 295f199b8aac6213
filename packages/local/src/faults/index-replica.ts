import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../clock.ts';
import { type DynamoDb, type DynamoDbAnswer, startDynamoDb } from '../dynamodb/dynamodb.ts';
import { createTables } from '../dynamodb/tables.ts';
import type { Table } from '../stack/model.ts';

/** Of more observations, those that are due are applied without waiting for a query: there may never be one. */
const MAX_WAITING = 200;

type Item = Readonly<Record<string, unknown>>;
/** What an item was seen to be. */
interface Observation {
  readonly atMs: number;
  readonly key: Item;
  /** undefined: not there */
  readonly item: Item | undefined;
}

/**
 * A table as it was some time ago: a second one, in a DynamoDB of its own, to which every write comes late. So it answers
 * whatever the first can be asked, pages and filters included.
 */
export class IndexReplica {
  readonly lagMs: number;
  readonly #source: DynamoDb;
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #replica = startDynamoDb();
  readonly #keyNames: readonly string[];
  /** In the order of their times. */
  #pending: Observation[] = [];
  /** Everything happens in turn: an item must not be overwritten by an older observation. */
  #turn: Promise<unknown>;
  #stopped = false;

  constructor(source: DynamoDb, table: Table, lagMs: number, clock: Clock) {
    this.lagMs = lagMs;
    this.#source = source;
    this.#table = table;
    this.#clock = clock;
    this.#keyNames = (table.createTable.KeySchema as { AttributeName: string }[]).map((key) => key.AttributeName);
    this.#turn = this.#copy();
    this.#turn.catch(() => {}); // told by `ready`
  }

  /** What is in the table at the start is in the index as well. */
  ready(): Promise<unknown> {
    return this.#turn;
  }

  /** Observations that are kept because they have not reached the replica. */
  get waiting(): number {
    return this.#pending.length;
  }

  /** To be awaited after a write, before it is answered. @param item the item, or any attributes with its key among them */
  observe(item: Item): Promise<void> {
    const key = Object.fromEntries(this.#keyNames.map((name) => [name, item[name]]));
    return this.#inTurn(async () => {
      const { Item: found } = await this.#source.call('GetItem', {
        TableName: this.#table.name,
        Key: key,
        ConsistentRead: true,
      });
      this.#pending.push({ atMs: this.#clock.nowMs(), key, item: found as Item | undefined });
      if (this.#pending.length > MAX_WAITING) await this.#catchUp();
    });
  }

  /** Answers a query as of so long ago. @returns also whether anything written since was left out */
  query(headers: IncomingHttpHeaders, body: Buffer): Promise<{ answer: DynamoDbAnswer; isStale: boolean }> {
    return this.#inTurn(async () => {
      await this.#catchUp();
      const isStale = this.#pending.length > 0;
      return { isStale, answer: await this.#replica.handle(headers, body) };
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#turn.catch(() => {});
    await this.#replica.stop();
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(step);
    this.#turn = result.catch(() => {});
    return result;
  }

  async #catchUp(): Promise<void> {
    const untilMs = this.#clock.nowMs() - this.lagMs;
    while (this.#pending[0] !== undefined && this.#pending[0].atMs <= untilMs) {
      const { key, item } = this.#pending.shift() as Observation;
      const TableName = this.#table.name;
      if (item === undefined) await this.#replica.call('DeleteItem', { TableName, Key: key });
      else await this.#replica.call('PutItem', { TableName, Item: item });
    }
  }

  async #copy(): Promise<void> {
    await createTables(this.#replica, [this.#table]);
    const TableName = this.#table.name;
    let startKey: unknown;
    do {
      const page = await this.#source.call('Scan', {
        TableName,
        ConsistentRead: true,
        ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
      });
      for (const Item of page.Items as Item[]) await this.#replica.call('PutItem', { TableName, Item });
      startKey = page.LastEvaluatedKey;
    } while (startKey !== undefined && !this.#stopped);
  }
}
