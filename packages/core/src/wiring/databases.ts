import { createDatabase, createDynamoDBClient, type Database } from '../dynamodb/index.ts';

export interface Databases {
  /** Sessions and connections. */
  readonly tables: Database;
  /** Rate limits: a circuit of their own, since the service goes on without them. */
  readonly rateLimits: Database;
}

/** The databases of one function instance, over one client and its connections. */
export function openDatabases({ circuitOpenMs }: { circuitOpenMs: number }): Databases {
  const options = { client: createDynamoDBClient(), openMs: circuitOpenMs };
  return { tables: createDatabase(options), rateLimits: createDatabase(options) };
}
