import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDbCallError, DynamoDbError, startDynamoDb } from '@sessions/local/dynamodb';
import {
  createConnectionRepository,
  createMessageLog,
  createSessionRepository,
  type Database,
} from '../../src/dynamodb/index.ts';
import type { Clock, ConnectionRepository, MessageLog, SessionRepository, Sleep } from '../../src/sessions/index.ts';
import { createTables, TABLE_NAMES } from './engine-tables.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** The real adapters on an engine in this process. */
export interface EnginePorts {
  readonly sessions: SessionRepository;
  readonly connections: ConnectionRepository;
  readonly messageLog: MessageLog;
  readonly clock: Clock;
  readonly sleep: Sleep;
  holdTransactionsFor(milliseconds: number): void;
  /** Attempts of each transaction since the last reset, told apart by what they write. */
  attempts(): number[];
  resetAttempts(): void;
  stop(): Promise<void>;
}

/** @param time of the engine, its holds, and the round trips */
export function openEngine(roundTripMs: number, time: SimulatedTime): EnginePorts {
  const engine = startDynamoDb({ clock: time });
  const created = createTables((operation, input) => engine.call(operation, input));
  const attempts = new Map<string, number>();

  const send = async (command: { constructor: { name: string }; input: object }) => {
    await created;
    const operation = command.constructor.name.replace(/Command$/, '');
    if (operation === 'TransactWriteItems') {
      const name = JSON.stringify((command.input as { TransactItems: unknown }).TransactItems);
      attempts.set(name, (attempts.get(name) ?? 0) + 1);
    }
    await time.sleep(roundTripMs / 2);
    try {
      return await engine.call(operation, command.input);
    } catch (error) {
      throw asSdkError(error);
    } finally {
      await time.sleep(roundTripMs / 2);
    }
  };
  const database = { send } as unknown as Database;
  const retry = { sleep: time.sleep, elapsedMs: time.nowMs };

  return {
    sessions: createSessionRepository(database, TABLE_NAMES, retry),
    connections: createConnectionRepository(database, TABLE_NAMES.connections, retry),
    messageLog: createMessageLog(database, TABLE_NAMES, retry),
    clock: time,
    sleep: time.sleep,
    holdTransactionsFor(milliseconds) {
      engine.database.holds.holdMs = milliseconds;
    },
    attempts: () => [...attempts.values()],
    resetAttempts: () => attempts.clear(),
    stop: () => engine.stop(),
  };
}

/** What the SDK would make of the engine's answer: the adapters look at its classes. */
function asSdkError(error: unknown): unknown {
  if (!(error instanceof DynamoDbCallError) || !(error.cause instanceof DynamoDbError)) return error;
  const { code, details, message } = error.cause;
  const shape = { message, $metadata: { httpStatusCode: 400 }, ...details };
  if (code === 'TransactionCanceledException') return new TransactionCanceledException(shape);
  if (code === 'ConditionalCheckFailedException') return new ConditionalCheckFailedException(shape);
  return Object.assign(new Error(message), { name: code, $metadata: { httpStatusCode: 400 } });
}
