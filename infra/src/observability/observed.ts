import {
  type FailureQueueName,
  type FunctionDefinition,
  type FunctionName,
  functionNames,
  functions,
} from '../functions.ts';

/** What alarms and dashboard watch. Names may be Terraform expressions. */
export interface Observed {
  readonly environment: string;
  /** The WebSocket API. */
  readonly api: ObservedApi;
  readonly httpApi: ObservedApi;
  readonly functionNames: Readonly<Record<FunctionName, string>>;
  readonly tables: readonly ObservedTable[];
  readonly failureQueueNames: Readonly<Record<FailureQueueName, string>>;
}

export interface ObservedApi {
  readonly id: string;
  readonly stageName: string;
}

export interface ObservedTable {
  /** e.g. `sessions`, `rate-limits`: the end of the table's name. */
  readonly id: string;
  readonly name: string;
  readonly indexName?: string;
  /** What the functions do with it, and with its index. */
  readonly operations: readonly string[];
}

/** Sessions and connections are written in transactions, which are an operation of their own. */
const kinds = [
  { id: 'sessions', key: 'sessions', index: 'sessionsIndex', inTransactions: true },
  { id: 'connections', key: 'connections', index: 'connectionsIndex', inTransactions: true },
  { id: 'rate-limits', key: 'rateLimits', index: undefined, inTransactions: false },
  { id: 'messages', key: 'messages', index: undefined, inTransactions: false },
] as const;

/** The four tables, each with the operations that some function may use on it. */
export function observedTables(
  names: Readonly<Record<'sessions' | 'connections' | 'rateLimits' | 'messages', string>>,
  indexNames: Readonly<Record<'sessions' | 'connections', string>>,
): ObservedTable[] {
  return kinds.map(({ id, key, index, inTransactions }) => {
    const used = functionNames.flatMap((name) => {
      const { access }: FunctionDefinition = functions[name];
      return [...(access[key] ?? []), ...(index ? (access[index] ?? []) : [])];
    });
    const operations = used.filter((action) => action !== 'ConditionCheckItem'); // only in transactions
    return {
      id,
      name: names[key],
      ...((key === 'sessions' || key === 'connections') && { indexName: indexNames[key] }),
      operations: [...new Set<string>([...operations, ...(inTransactions ? ['TransactWriteItems'] : [])])].sort(),
    };
  });
}
