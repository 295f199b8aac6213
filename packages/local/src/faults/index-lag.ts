import type { DynamoDb, LaggingRead } from '../dynamodb/dynamodb.ts';
import type { Table } from '../stack/model.ts';
import { matchesWildcard } from '../wildcard.ts';
import type { IndexRule } from './plan.ts';
import type { RuleState } from './rule-state.ts';

/** Makes global secondary indexes lag, by the rules of a fault plan. */
export class IndexLag {
  readonly #onStale: (rule: RuleState<IndexRule>, table: string, index: string) => void;
  /** By table and index. */
  #rules: ReadonlyMap<string, RuleState<IndexRule>> = new Map();

  /** @param onStale a read was answered without what was written lately */
  constructor(onStale: (rule: RuleState<IndexRule>, table: string, index: string) => void) {
    this.#onStale = onStale;
  }

  /** Replaces what lags. Of several rules for one index the first counts. */
  apply(dynamoDb: DynamoDb, tables: readonly Table[], rules: readonly RuleState<IndexRule>[]): void {
    const lagging = new Map<string, RuleState<IndexRule>>();
    for (const table of tables) {
      for (const index of globalIndexesOf(table)) {
        const state = rules.find(
          ({ rule }) => matches(rule.index.table, table.name) && matches(rule.index.index, index),
        );
        if (state) lagging.set(nameOf(table.name, index), state);
        dynamoDb.setIndexLag(table.name, index, state?.rule.do.lagMs ?? 0);
      }
    }
    this.#rules = lagging;
  }

  /** Counts a read of an index that lags. */
  observe({ table, index, isStale }: LaggingRead): void {
    const state = this.#rules.get(nameOf(table, index));
    if (!state) return;
    state.matched += 1;
    if (isStale) this.#onStale(state, table, index);
  }
}

const nameOf = (table: string, index: string): string => `${table}/${index}`;

const matches = (pattern: string | undefined, name: string): boolean =>
  pattern === undefined || matchesWildcard(pattern, name);

const globalIndexesOf = ({ createTable }: Table): string[] =>
  ((createTable.GlobalSecondaryIndexes ?? []) as { IndexName: string }[]).map(({ IndexName }) => IndexName);
