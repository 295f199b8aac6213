import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../clock.ts';
import type { DynamoDb, DynamoDbAnswer } from '../dynamodb/dynamodb.ts';
import type { Table } from '../stack/model.ts';
import { matchesWildcard } from '../wildcard.ts';
import { IndexReplica } from './index-replica.ts';
import type { IndexRule } from './plan.ts';
import type { RuleState } from './rule-state.ts';

export interface IndexLagOptions {
  readonly dynamoDb: DynamoDb;
  readonly clock: Clock;
  /** A query was answered without what was written lately. */
  readonly onStale: (rule: RuleState<IndexRule>, table: string, index: string) => void;
}

interface LaggingIndex {
  readonly rule: RuleState<IndexRule>;
  readonly replica: IndexReplica;
}

/** A DynamoDB whose global secondary indexes can be made to lag. Those that do not cost nothing. */
export class LaggingDynamoDb implements DynamoDb {
  readonly #options: IndexLagOptions;
  /** By table and index. */
  #lagging: ReadonlyMap<string, ReadonlyMap<string, LaggingIndex>> = new Map();

  constructor(options: IndexLagOptions) {
    this.#options = options;
  }

  /** Replaces what lags. Of several rules for one index the first counts. Resolves when the indexes' past is known. */
  async lag(tables: readonly Table[], rules: readonly RuleState<IndexRule>[]): Promise<void> {
    const { dynamoDb, clock } = this.#options;
    const before = this.#lagging;
    const lagging = new Map<string, Map<string, LaggingIndex>>();
    for (const table of rules.length > 0 ? tables : []) {
      const indexes = new Map<string, LaggingIndex>();
      for (const index of globalIndexesOf(table)) {
        const rule = rules.find(
          ({ rule }) => matches(rule.index.table, table.name) && matches(rule.index.index, index),
        );
        if (rule === undefined) continue;
        const { lagMs } = rule.rule.do;
        indexes.set(index, { rule, replica: new IndexReplica(dynamoDb, table, lagMs, clock) });
      }
      if (indexes.size > 0) lagging.set(table.name, indexes);
    }
    this.#lagging = lagging;
    await Promise.all([...replicasOf(lagging)].map((replica) => replica.ready()));
    await Promise.all([...replicasOf(before)].map((replica) => replica.stop()));
  }

  async handle(headers: IncomingHttpHeaders, body: Buffer): Promise<DynamoDbAnswer> {
    const { dynamoDb } = this.#options;
    if (this.#lagging.size === 0) return dynamoDb.handle(headers, body);
    const operation = String(headers['x-amz-target']).split('.')[1] ?? '';
    const input = parse(body);
    if (operation === 'Query' || operation === 'Scan') {
      const [table, index] = [tableOf(input.TableName), String(input.IndexName ?? '')];
      const lagging = this.#lagging.get(table)?.get(index);
      if (lagging === undefined) return dynamoDb.handle(headers, body);
      lagging.rule.matched += 1;
      const { answer, isStale } = await lagging.replica.query(headers, body);
      if (isStale) this.#options.onStale(lagging.rule, table, index);
      return answer;
    }
    const answer = await dynamoDb.handle(headers, body);
    // Also a refused batch may have written some; looking once too often does no harm.
    await Promise.all(writtenBy(operation, input).map(([table, item]) => this.#observe(table, item)));
    return answer;
  }

  async call(operation: string, input: object): Promise<Record<string, unknown>> {
    const output = await this.#options.dynamoDb.call(operation, input);
    await Promise.all(writtenBy(operation, input as Fields).map(([table, item]) => this.#observe(table, item)));
    return output;
  }

  async stop(): Promise<void> {
    await Promise.all([...replicasOf(this.#lagging)].map((replica) => replica.stop()));
    await this.#options.dynamoDb.stop();
  }

  async #observe(table: string, item: Fields): Promise<void> {
    const indexes = this.#lagging.get(table)?.values() ?? [];
    // An item without a key of the right form was refused.
    await Promise.all([...indexes].map(({ replica }) => replica.observe(item).catch(() => {})));
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** The items, or keys, that a call writes, with their tables. */
function writtenBy(operation: string, input: Fields): [table: string, item: Fields][] {
  const table = tableOf(input.TableName);
  switch (operation) {
    case 'PutItem':
      return [[table, asFields(input.Item)]];
    case 'UpdateItem':
    case 'DeleteItem':
      return [[table, asFields(input.Key)]];
    case 'BatchWriteItem':
      return Object.entries(asFields(input.RequestItems)).flatMap(([name, requests]) =>
        (Array.isArray(requests) ? requests : []).map((request): [string, Fields] => {
          const { PutRequest, DeleteRequest } = asFields(request);
          return [tableOf(name), asFields(asFields(PutRequest).Item ?? asFields(DeleteRequest).Key)];
        }),
      );
    default:
      return [];
  }
}

/** A table may be named by its ARN. */
const tableOf = (name: unknown): string => String(name ?? '').replace(/^arn:.*:table\//, '');

const matches = (pattern: string | undefined, name: string): boolean =>
  pattern === undefined || matchesWildcard(pattern, name);

const globalIndexesOf = ({ createTable }: Table): string[] =>
  ((createTable.GlobalSecondaryIndexes ?? []) as { IndexName: string }[]).map(({ IndexName }) => IndexName);

const replicasOf = (lagging: ReadonlyMap<string, ReadonlyMap<string, LaggingIndex>>): IndexReplica[] =>
  [...lagging.values()].flatMap((indexes) => [...indexes.values()].map(({ replica }) => replica));

function parse(body: Buffer): Fields {
  try {
    return asFields(JSON.parse(body.toString()));
  } catch {
    return {};
  }
}

const asFields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
