import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Connection, Session } from '@sessions/core/sessions';
import type { LocalStack } from '@sessions/local';
import { createDynamoDbCaller } from './signed-call.ts';

type Items = Parameters<typeof unmarshall>[0][];
type StoredConnection = Connection & { readonly lastButOneHeartbeatAt?: number };

/** What is stored at one moment. */
export interface Stored {
  readonly sessions: readonly Session[];
  readonly connections: readonly StoredConnection[];
}

/**
 * Looks into the tables, past the service.
 *
 * @param writesDone how many writes the service has made so far; none since the last look: nothing has changed
 */
export function openTables(
  { endpoint, credentials, stack: { region, outputs } }: LocalStack,
  writesDone: () => number,
) {
  let last: { readonly writes: number; readonly stored: Stored } | undefined;
  const { call, close } = createDynamoDbCaller({ endpoint, credentials, region });
  const names = { sessions: String(outputs.sessions_table_name), connections: String(outputs.connections_table_name) };

  async function scan<T>(TableName: string): Promise<T[]> {
    const { Items } = await call<{ Items: Items }>('Scan', { TableName, ConsistentRead: true });
    return Items.map((item) => unmarshall(item) as T);
  }

  async function clear(table: string, key: string): Promise<void> {
    const { Items } = await call<{ Items: Record<string, unknown>[] }>('Scan', { TableName: table });
    for (let at = 0; at < Items.length; at += 25) {
      const requests = Items.slice(at, at + 25).map((item) => ({ DeleteRequest: { Key: { [key]: item[key] } } }));
      await call('BatchWriteItem', { RequestItems: { [table]: requests } });
    }
  }

  return {
    async read(): Promise<Stored> {
      const writes = writesDone();
      if (last?.writes === writes) return last.stored;
      const [sessions, connections] = await Promise.all([
        scan<Session>(names.sessions),
        scan<StoredConnection>(names.connections),
      ]);
      const stored = { sessions, connections };
      last = { writes, stored };
      return stored;
    },
    /** Between two sequences: as if nothing had been. */
    async clear(): Promise<void> {
      last = undefined;
      await Promise.all([clear(names.sessions, 'sessionId'), clear(names.connections, 'connectionId')]);
    },
    close,
  };
}
