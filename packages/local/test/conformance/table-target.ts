import { Engine } from '../../src/dynamodb/engine/engine.ts';
import { expireItems } from '../../src/dynamodb/engine/expire.ts';
import type { Answer } from '../dynamodb/differential/dynamodb-local.ts';
import { ManualClock } from '../dynamodb/engine/set-up.ts';
import { type CheckFacts, check } from './check.ts';

/** A DynamoDB that a check is held against. */
export interface TableTarget {
  call(operation: string, input: object, api?: string): Promise<Answer>;
  /** Of ours alone. */
  readonly own?: OwnMeans;
}

/** What moves the time of our engine, and how long its transactions take. */
export interface OwnMeans {
  readonly clock: ManualClock;
  holdTransactions(ms: number): void;
  expire(table: string): Promise<number>;
}

export interface TableCheckFacts extends Pick<CheckFacts, 'source' | 'confirmed'> {
  readonly dynamoDbLocal: NonNullable<CheckFacts['dynamoDbLocal']>;
}

export interface TableCheck extends TableCheckFacts {
  readonly id: string;
  readonly run: (target: TableTarget) => Promise<void>;
}

export const tableChecks: TableCheck[] = [];

/** A check of tables: the same calls go to our engine and, where it is installed, to DynamoDB Local. */
export function tableCheck(id: string, title: string, facts: TableCheckFacts, run: TableCheck['run']): void {
  tableChecks.push({ id, run, ...facts });
  check(id, title, { ...facts, service: 'dynamodb' }, () => run(ownTarget()));
}

function ownTarget(): TableTarget {
  const clock = new ManualClock();
  const engine = new Engine({ clock, region: 'us-east-1', accountId: '000000000000' });
  return {
    async call(operation, input, api = 'DynamoDB_20120810') {
      const { statusCode, body } = await engine.answer(`${api}.${operation}`, Buffer.from(JSON.stringify(input)));
      return { statusCode, body: JSON.parse(body) };
    },
    own: {
      clock,
      holdTransactions: (ms) => {
        engine.database.holds.holdMs = ms;
      },
      expire: (table) => expireItems(engine.database, table, () => false),
    },
  };
}
