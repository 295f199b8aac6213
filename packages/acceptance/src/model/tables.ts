import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Connection, Session, StatusRequestHistory } from '@sessions/core/sessions';
import type { LocalStack } from '@sessions/local';

type Items = Record<string, AttributeValue>[];
type StoredConnection = Connection & StatusRequestHistory & { readonly lastButOneHeartbeatAt?: number };

/** What is stored at one moment. */
export interface Stored {
  readonly sessions: readonly Session[];
  readonly connections: readonly StoredConnection[];
}

/**
 * Looks into the tables, past the service and without HTTP: it is done after every step.
 *
 * @param writesDone how many writes the service has made so far; none since the last look: nothing has changed
 */
export function openTables({ dynamoDb, stack: { outputs } }: LocalStack, writesDone: () => number) {
  let last: { readonly writes: number; readonly stored: Stored } | undefined;
  const names = { sessions: String(outputs.sessions_table_name), connections: String(outputs.connections_table_name) };

  async function itemsOf(TableName: string): Promise<Items> {
    const { Items } = await dynamoDb.call('Scan', { TableName, ConsistentRead: true });
    return Items as Items;
  }

  async function scan<T>(TableName: string): Promise<T[]> {
    return (await itemsOf(TableName)).map((item) => unmarshall(item) as T);
  }

  async function clear(table: string, key: string): Promise<void> {
    const items = await itemsOf(table);
    await Promise.all(
      items.map((item) => dynamoDb.call('DeleteItem', { TableName: table, Key: { [key]: item[key] } })),
    );
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
  };
}
