import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { ListenerConnection, Session, SpeakerConnection } from '@sessions/core/sessions';
import type { LocalStack } from '@sessions/local';

type Items = Record<string, AttributeValue>[];

interface Times {
  readonly lastButOneHeartbeatAt?: number;
  readonly lastStatusAt?: number;
  readonly lastButOneStatusAt?: number;
}
export type StoredConnection = (SpeakerConnection | ListenerConnection) & Times;

/** A share of a session's places. */
export interface StoredShard {
  readonly sessionId: string;
  /** `<createdAt>#<number>` */
  readonly placeShard: string;
  readonly capacity: number;
  readonly taken: number;
  readonly closedAt?: number;
  readonly languages: Readonly<Record<string, number>>;
}

/** What is stored at one moment. */
export interface Stored {
  readonly sessions: readonly Session[];
  readonly shards: readonly StoredShard[];
  readonly connections: readonly StoredConnection[];
}

const PLACES = 'places#';
const LANGUAGE = 'lang:';

/**
 * Looks into the tables, past the service and without HTTP: it is done after every step.
 *
 * @param writesDone how many writes the service has made so far; none since the last look: nothing has changed
 */
export function openTables({ dynamoDb, stack: { outputs } }: LocalStack, writesDone: () => number) {
  let last: { readonly writes: number; readonly stored: Stored } | undefined;
  const names = { sessions: String(outputs.sessions_table_name), connections: String(outputs.connections_table_name) };

  /** All pages: the fault plan makes them small. */
  async function itemsOf(TableName: string): Promise<Items> {
    const items: Items = [];
    let ExclusiveStartKey: unknown;
    do {
      const page = await dynamoDb.call('Scan', {
        TableName,
        ConsistentRead: true,
        ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }),
      });
      items.push(...(page.Items as Items));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return items;
  }

  async function clear(table: string, ...keys: string[]): Promise<void> {
    const items = await itemsOf(table);
    await Promise.all(
      items.map((item) => {
        const Key = Object.fromEntries(keys.map((key) => [key, item[key]]));
        return dynamoDb.call('DeleteItem', { TableName: table, Key });
      }),
    );
  }

  return {
    names,
    async read(): Promise<Stored> {
      const writes = writesDone();
      if (last?.writes === writes) return last.stored;
      const [parts, connections] = await Promise.all([itemsOf(names.sessions), itemsOf(names.connections)]);
      const plain = parts.map((item) => unmarshall(item));
      const stored = {
        sessions: plain.filter(({ part }) => part === 'session') as Session[],
        shards: plain.filter(({ part }) => String(part).startsWith(PLACES)).map(shardOf),
        connections: connections.map((item) => unmarshall(item) as StoredConnection),
      };
      last = { writes, stored };
      return stored;
    },
    /** Between two sequences: as if nothing had been. */
    async clear(): Promise<void> {
      last = undefined;
      await Promise.all([clear(names.sessions, 'sessionId', 'part'), clear(names.connections, 'connectionId')]);
    },
  };
}

function shardOf({ sessionId, part, capacity, taken, closedAt, ...rest }: Record<string, unknown>): StoredShard {
  return {
    sessionId: String(sessionId),
    placeShard: String(part).slice(PLACES.length),
    capacity: Number(capacity),
    taken: Number(taken),
    ...(closedAt === undefined ? {} : { closedAt: Number(closedAt) }),
    languages: Object.fromEntries(
      Object.entries(rest)
        .filter(([name, count]) => name.startsWith(LANGUAGE) && count !== 0)
        .map(([name, count]) => [name.slice(LANGUAGE.length), Number(count)]),
    ),
  };
}
