import { type FunctionDefinition, type FunctionName, functionNames, functions } from '../functions.ts';

/** What alarms and dashboard watch. Names may be Terraform expressions. */
export interface Observed {
  readonly environment: string;
  readonly api: { readonly id: string; readonly stageName: string };
  readonly functionNames: Readonly<Record<FunctionName, string>>;
  readonly tables: readonly ObservedTable[];
}

export interface ObservedTable {
  /** e.g. `sessions`, `rate-limits`: the end of the table's name. */
  readonly id: string;
  readonly name: string;
  readonly indexName?: string;
  /** What the functions do with it, and with its index. */
  readonly operations: readonly string[];
}

const kinds = [
  { id: 'sessions', accesses: ['sessions'] },
  { id: 'connections', accesses: ['connections', 'connectionsIndex'] },
  { id: 'rate-limits', accesses: ['rateLimits'] },
] as const;

/** The three tables, each with the operations that some function may use on it. */
export function observedTables(
  names: Readonly<Record<'sessions' | 'connections' | 'rateLimits', string>>,
  connectionsIndexName: string,
): ObservedTable[] {
  return kinds.map(({ id, accesses: [key, index] }) => {
    const used = functionNames.flatMap((name) => {
      const { access }: FunctionDefinition = functions[name];
      return [...(access[key] ?? []), ...(index ? (access[index] ?? []) : [])];
    });
    return {
      id,
      name: names[key],
      ...(index && { indexName: connectionsIndexName }),
      operations: [...new Set<string>(used)].sort(),
    };
  });
}
