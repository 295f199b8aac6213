import { type Input, optionalWord } from './input.ts';

/** Bytes that one unit writes or reads. @see "Read and write operations", DynamoDB Developer Guide */
const WRITE_UNIT_BYTES = 1024;
const READ_UNIT_BYTES = 4096;

export const writeUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));

/** @param isConsistent eventually consistent reads cost half */
export const readUnits = (bytes: number, isConsistent: boolean): number =>
  Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * (isConsistent ? 1 : 0.5);

/** Adds up the capacity that a call takes, table by table, for those who ask. */
export class Capacity {
  readonly #wanted: 'INDEXES' | 'TOTAL' | 'NONE';
  readonly #kind: 'Read' | 'Write' | undefined;
  readonly #tables = new Map<string, { table: number; global: Map<string, number>; local: Map<string, number> }>();

  /** @param kind named beside the total in transactions */
  constructor(input: Input, kind?: 'Read' | 'Write') {
    this.#wanted = optionalWord(input, 'ReturnConsumedCapacity', ['INDEXES', 'TOTAL', 'NONE'] as const) ?? 'NONE';
    this.#kind = kind;
  }

  add(tableName: string, units: number, index?: { readonly name: string; readonly isGlobal: boolean }): void {
    if (this.#wanted === 'NONE') return;
    const of = this.#tables.get(tableName) ?? { table: 0, global: new Map(), local: new Map() };
    this.#tables.set(tableName, of);
    if (!index) of.table += units;
    else {
      const units_ = index.isGlobal ? of.global : of.local;
      units_.set(index.name, (units_.get(index.name) ?? 0) + units);
    }
  }

  /** Returns what goes into the answer of a call on one table. */
  get one(): { readonly ConsumedCapacity?: object } {
    const [first] = this.#list;
    return first ? { ConsumedCapacity: first } : {};
  }

  /** Returns what goes into the answer of a call on several tables. */
  get all(): { readonly ConsumedCapacity?: readonly object[] } {
    return this.#wanted === 'NONE' ? {} : { ConsumedCapacity: this.#list };
  }

  get #list(): object[] {
    const units = (CapacityUnits: number) => ({
      CapacityUnits,
      ...(this.#kind && { [`${this.#kind}CapacityUnits`]: CapacityUnits }),
    });
    const byName = (indexes: ReadonlyMap<string, number>) =>
      Object.fromEntries([...indexes].map(([name, count]) => [name, units(count)]));
    return [...this.#tables].map(([TableName, { table, global, local }]) => {
      const total = [...global.values(), ...local.values()].reduce((sum, count) => sum + count, table);
      return {
        TableName,
        ...units(total),
        ...(this.#wanted === 'INDEXES' && {
          Table: units(table),
          ...(global.size > 0 && { GlobalSecondaryIndexes: byName(global) }),
          ...(local.size > 0 && { LocalSecondaryIndexes: byName(local) }),
        }),
      };
    });
  }
}
