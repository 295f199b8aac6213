import type { Database } from '../dynamodb/engine/database.ts';
import { matchesWildcard } from '../wildcard.ts';
import type { StreamRule } from './plan.ts';
import type { RuleState } from './rule-state.ts';

/** Delays what readers of streams get, by the rules of a fault plan. */
export class StreamDelay {
  readonly #database: Database;
  readonly #onDelayed: (rule: RuleState<StreamRule>, table: string) => void;
  readonly #unwatch: (() => void)[] = [];

  constructor(database: Database, onDelayed: (rule: RuleState<StreamRule>, table: string) => void) {
    this.#database = database;
    this.#onDelayed = onDelayed;
  }

  /** Replaces what is delayed. Of several rules for one stream the first counts. */
  apply(rules: readonly RuleState<StreamRule>[]): void {
    for (const unwatch of this.#unwatch.splice(0)) unwatch();
    for (const [table, stream] of this.#database.streams) {
      const state = rules.find(({ rule }) => matchesWildcard(rule.stream.table ?? '*', table));
      stream.setDelay(state?.rule.do.delayMs ?? 0);
      if (state) this.#unwatch.push(stream.watch(() => this.#onDelayed(state, table)));
    }
  }
}
