import { createDatabase, createDynamoDBClient, type Database } from '../dynamodb/index.ts';

export interface Databases {
  /** Sessions and connections. */
  readonly tables: Database;
  /** Rate limits: a circuit of their own, since the service goes on without them. */
  readonly rateLimits: Database;
}

/** The databases of one function instance, over one client and its connections. */
export function openDatabases({ circuitOpenMs }: { circuitOpenMs: number }): Databases {
  const client = createDynamoDBClient();
  const options = {
    client,
    // Over the same connections: a handshake of its own would cost the first call more than all the rest of it.
    singleAttemptClient: () => createDynamoDBClient({ maxAttempts: 1, requestHandler: client.config.requestHandler }),
    openMs: circuitOpenMs,
  };
  return { tables: createDatabase(options), rateLimits: createDatabase(options) };
}
