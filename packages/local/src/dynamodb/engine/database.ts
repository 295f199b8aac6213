import { createHash } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { DynamoDbError, tableNotFound } from './errors.ts';
import { Holds } from './holds.ts';
import { LogStore, type StoreOptions } from './log/store.ts';
import type { Commit } from './store/commit.ts';
import { comparePlaces, type Entry, placeOf } from './store/schema.ts';
import type { SecondaryIndex } from './store/secondary-index.ts';
import { Table, type TableSchema } from './store/table.ts';
import { type KeptRecord, recordOf, Stream, type StreamRecord } from './streams/stream.ts';
import { type AttributeValue, copyItem, type Item } from './values/attribute-value.ts';

/** A request token is remembered for so long. @see `TransactWriteItems`, DynamoDB API Reference */
const TOKEN_MS = 10 * 60 * 1000;

/** Items that are taken out of a table in one go. */
const ITEMS_A_PAGE = 256;

/** A line of the log. Each says what something is from then on, or what happened to items. */
type Line =
  | { readonly kind: 'table'; readonly schema: TableSchema }
  | { readonly kind: 'drop'; readonly table: string }
  | {
      readonly kind: 'commit';
      readonly atMs: number;
      readonly sequence: number;
      /** Table, key, and the item; null: deleted. */
      readonly writes: readonly (readonly [string, Item, Item | null])[];
      readonly byTtl?: true;
      readonly token?: Commit['token'];
    }
  /** Of a log that starts anew: what there was. */
  | { readonly kind: 'item'; readonly table: string; readonly item: Item }
  | { readonly kind: 'gone'; readonly table: string; readonly key: Item }
  | { readonly kind: 'record'; readonly table: string; readonly shard: number; readonly kept: KeptRecord }
  | { readonly kind: 'token'; readonly token: string; readonly requestHash: string; readonly atMs: number }
  | { readonly kind: 'position'; readonly reader: string; readonly value: string }
  | { readonly kind: 'sequence'; readonly sequence: number };

export interface DatabaseOptions {
  readonly clock: Clock;
  readonly region: string;
  readonly accountId: string;
  /** Absent: in memory. */
  readonly store?: StoreOptions;
  /** A query or scan of an index that lags. */
  readonly onLaggingRead?: (read: { table: string; index: string; isStale: boolean }) => void;
}

interface KnownToken {
  readonly requestHash: string;
  readonly atMs: number;
}

/** Tables, streams and what keeps them: the state that every operation works on. */
export class Database {
  readonly clock: Clock;
  readonly holds: Holds;
  /** Items that a page of a query or scan has at most, beside the bounds of DynamoDB. */
  maxPageItems = Number.POSITIVE_INFINITY;
  readonly tables = new Map<string, Table>();
  readonly streams = new Map<string, Stream>();
  /** Labels of the streams that tables get when they are created, by table. Absent: of the time. */
  readonly streamLabels = new Map<string, string>();
  readonly #options: DatabaseOptions;
  readonly #store: LogStore | undefined;
  readonly #tokens = new Map<string, KnownToken>();
  /** How far each reader of a stream has come. */
  readonly #positions = new Map<string, string>();
  #sequence = 0;

  /** @throws {DataFolderError} */
  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.holds = new Holds(options.clock);
    this.#store = options.store && new LogStore(options.store, (line) => this.#replay(line as Line));
  }

  /** @throws {DynamoDbError} there is no such table */
  table(name: string, message?: string): Table {
    const table = this.tables.get(name);
    if (!table) throw tableNotFound(message);
    return table;
  }

  /** Brings an index up to where a read may see it. */
  readIndex(table: Table, index: SecondaryIndex): void {
    const isStale = index.catchUp(this.clock.nowMs());
    if (index.lagMs > 0) this.#options.onLaggingRead?.({ table: table.schema.name, index: index.schema.name, isStale });
  }

  tableArn(name: string): string {
    const { region, accountId } = this.#options;
    return `arn:aws:dynamodb:${region}:${accountId}:table/${name}`;
  }

  /** Creates a table, or changes what can change of it. */
  putTable(schema: TableSchema): Table {
    this.#append({ kind: 'table', schema });
    const table = this.#putTable(schema);
    this.#compactIfGrown();
    return table;
  }

  dropTable(name: string): void {
    this.#append({ kind: 'drop', table: name });
    this.#dropTable(name);
    this.#compactIfGrown();
  }

  /**
   * Writes all of a commit, or nothing.
   * @returns what each index wrote for each of the writes, bytes
   * @throws {DynamoDbError} it cannot be kept on the disk
   */
  commit(commit: Commit): ReadonlyMap<string, number[]>[] {
    const atMs = this.clock.nowMs();
    if (this.#store) {
      this.#append({
        kind: 'commit',
        atMs,
        sequence: this.#sequence,
        writes: commit.writes.map(({ table, key, after }) => [table.schema.name, key, after?.item ?? null]),
        ...(commit.byTtl && { byTtl: true }),
        ...(commit.token && { token: commit.token }),
      });
    }
    const sequence = this.#sequence;
    const written = this.#apply(commit, atMs);
    if (this.#store?.isCompacting) this.#tellNext(commit, sequence, atMs);
    this.#compactIfGrown();
    return written;
  }

  /** Returns what is known of a transaction's token. */
  tokenOf(token: string): KnownToken | undefined {
    const known = this.#tokens.get(token);
    if (known && known.atMs <= this.clock.nowMs() - TOKEN_MS) {
      this.#tokens.delete(token);
      return undefined;
    }
    return known;
  }

  position(reader: string): string | undefined {
    return this.#positions.get(reader);
  }

  /** Remembers how far a reader of a stream has come. */
  setPosition(reader: string, value: string): void {
    this.#append({ kind: 'position', reader, value });
    this.#positions.set(reader, value);
    this.#compactIfGrown();
  }

  /** May be called twice. */
  stop(): void {
    this.#store?.close();
  }

  #append(line: Line): void {
    if (!this.#store) return;
    try {
      this.#store.append(line);
    } catch (error) {
      throw new DynamoDbError('InternalServerError', `The tables cannot be written: ${(error as Error).message}`, {
        statusCode: 500,
      });
    }
    if (line.kind !== 'commit') this.#store.appendToNext(line);
  }

  /** Comes behind every change: a log of few items is written anew at once, from what there is. */
  #compactIfGrown(): void {
    if (this.#store?.wantsCompaction) void this.#store.compact(this.#states(), this.#items());
  }

  /** Tells a log in the making what a commit left. */
  #tellNext({ writes, token }: Commit, before: number, atMs: number): void {
    const store = this.#store as LogStore;
    for (const { table, key, after } of writes) {
      const { name } = table.schema;
      store.appendToNext(after ? { kind: 'item', table: name, item: after.item } : { kind: 'gone', table: name, key });
    }
    for (const [table, stream] of this.streams) {
      for (const { shard, kept } of stream.kept(atMs, before))
        store.appendToNext({ kind: 'record', table, shard, kept });
    }
    if (token) store.appendToNext({ kind: 'token', ...token, atMs });
    store.appendToNext({ kind: 'sequence', sequence: this.#sequence });
  }

  #putTable(schema: TableSchema): Table {
    const existing = this.tables.get(schema.name);
    const table = existing ?? new Table(schema);
    if (existing) existing.update(schema);
    else this.tables.set(schema.name, table);
    const stream = this.streams.get(schema.name);
    if (schema.stream === undefined) this.streams.delete(schema.name);
    else if (stream?.schema.label !== schema.stream.label) {
      const tableArn = this.tableArn(schema.name);
      this.streams.set(schema.name, new Stream(schema.stream, { tableName: schema.name, tableArn }));
    }
    return table;
  }

  #dropTable(name: string): void {
    this.tables.delete(name);
    this.streams.delete(name);
  }

  #apply({ writes, byTtl = false, token }: Commit, atMs: number): ReadonlyMap<string, number[]>[] {
    if (token) this.#tokens.set(token.token, { requestHash: token.requestHash, atMs });
    const written = writes.map(({ table, before, after }) => table.apply(before, after, atMs));
    for (const write of writes) {
      const { name, stream: schema } = write.table.schema;
      const sequence = ++this.#sequence;
      const stream = schema && this.streams.get(name);
      if (!schema || !stream) continue;
      const { region } = this.#options;
      const record = recordOf(write, { sequence, atMs, byTtl, region, viewType: schema.viewType });
      if (record) stream.add(Stream.shardOf(write.place.position), { sequence, atMs, record });
    }
    return written;
  }

  #replay(line: Line): void {
    switch (line.kind) {
      case 'table':
        this.#putTable(line.schema);
        return;
      case 'drop':
        this.#dropTable(line.table);
        return;
      case 'commit': {
        this.#sequence = Math.max(this.#sequence, line.sequence);
        const writes = line.writes.map(([name, rawKey, rawItem]) => {
          const table = this.table(name);
          const key = bare(rawKey);
          const place = placeOf(table.schema.keys, key);
          const after = rawItem === null ? undefined : table.knownEntryOf(bare(rawItem));
          return { table, key, place, before: table.at(place), after };
        });
        this.#apply(
          { writes, ...(line.byTtl && { byTtl: true }), ...(line.token && { token: line.token }) },
          line.atMs,
        );
        return;
      }
      case 'item': {
        const table = this.table(line.table);
        const after = table.knownEntryOf(bare(line.item));
        table.apply(table.at(after), after, 0);
        return;
      }
      case 'gone': {
        const table = this.table(line.table);
        table.apply(table.find(bare(line.key)), undefined, 0);
        return;
      }
      case 'record':
        this.streams.get(line.table)?.add(line.shard, line.kept);
        return;
      case 'token':
        this.#tokens.set(line.token, line);
        return;
      case 'position':
        this.#positions.set(line.reader, line.value);
        return;
      case 'sequence':
        this.#sequence = Math.max(this.#sequence, line.sequence);
    }
  }

  /** Lists what a log that starts anew has in front: all but the items. */
  *#states(): Generator<Line> {
    const nowMs = this.clock.nowMs();
    for (const { schema } of this.tables.values()) yield { kind: 'table', schema };
    yield { kind: 'sequence', sequence: this.#sequence };
    for (const [reader, value] of this.#positions) yield { kind: 'position', reader, value };
    for (const [token, known] of this.#tokens) {
      if (known.atMs > nowMs - TOKEN_MS) yield { kind: 'token', token, ...known };
    }
    for (const [table, stream] of this.streams) {
      for (const { shard, kept } of stream.kept(nowMs)) yield { kind: 'record', table, shard, kept };
    }
  }

  /** Lists the items as they are when their turn comes: tables change meanwhile. */
  *#items(): Generator<Line> {
    for (const [name, table] of this.tables) {
      let last: Entry | undefined;
      for (;;) {
        const page: Entry[] = [];
        const from = last;
        for (const entry of table.entries.ascending((at) => (from && comparePlaces(at, from) <= 0 ? -1 : 0))) {
          page.push(entry);
          if (page.length === ITEMS_A_PAGE) break;
        }
        for (const place of page) {
          // What was dropped or changed since must not come behind what says so.
          const entry = this.tables.get(name) === table ? table.at(place) : undefined;
          if (entry) yield { kind: 'item', table: name, item: entry.item };
        }
        last = page.at(-1);
        if (last === undefined) break;
      }
    }
  }
}

/** Items without a prototype, also after JSON. */
function bare(item: Item): Item {
  const copy = copyItem(item);
  for (const name in copy) copy[name] = bareValue(copy[name] as AttributeValue);
  return copy;
}

function bareValue(value: AttributeValue): AttributeValue {
  if (value.M !== undefined) return { M: bare(value.M) };
  return value.L === undefined ? value : { L: value.L.map(bareValue) };
}

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');
export type { StreamRecord };
