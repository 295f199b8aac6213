import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, createDynamoDBClient, createSessionRepository } from '@sessions/core/dynamodb';
import { createOperate, type Operate } from '@sessions/core/sessions';
import type { Outputs } from './outputs.ts';

/** An open circuit is for functions that serve many; a command ends after a failure. */
const CIRCUIT_OPEN_MS = 1000;

/** The operators' use cases on the tables of an environment. */
export function openOperate({ sessions_table_name, connections_table_name }: Outputs): Operate {
  const database = createDatabase({ client: createDynamoDBClient(), openMs: CIRCUIT_OPEN_MS });
  return createOperate({
    sessions: createSessionRepository(database, { sessions: sessions_table_name, connections: connections_table_name }),
    clock: { nowMs: Date.now },
    sleep: (milliseconds) => sleep(milliseconds),
  });
}
