import {
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { startDynamoDbServer } from '@sessions/local/dynamodb';

/** The tables, with the keys and the index that infra gives them. */
const TABLES = {
  Sessions: { hashKey: 'sessionId' },
  Connections: { hashKey: 'connectionId', index: { hashKey: 'sessionId', rangeKey: 'targetLanguage' } },
  RateLimits: { hashKey: 'identifier' },
} as const;

export interface TestDatabase {
  readonly endpoint: string;
  /** A client of this database; destroyed with it. */
  createClient(config?: DynamoDBClientConfig): DynamoDBClient;
  /** Empties all tables. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

/** The embedded DynamoDB in memory on a free port of 127.0.0.1, with the three tables. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const server = await startDynamoDbServer();
  const { endpoint } = server;
  const clients: DynamoDBClient[] = [];
  const createClient = (config: DynamoDBClientConfig = {}) => {
    const client = new DynamoDBClient({
      endpoint,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      ...config,
    });
    clients.push(client);
    return client;
  };
  const own = createClient();
  await createTables(own);
  return {
    endpoint,
    createClient,
    clear: () => clearTables(own),
    async stop() {
      for (const client of clients) client.destroy();
      await server.stop();
    },
  };
}

async function createTables(client: DynamoDBClient): Promise<void> {
  for (const [TableName, table] of Object.entries(TABLES)) {
    const index = 'index' in table ? table.index : undefined;
    const attributes = new Set([table.hashKey, ...(index ? [index.hashKey, index.rangeKey] : [])]);
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: table.hashKey, KeyType: 'HASH' }],
        AttributeDefinitions: [...attributes].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
        ...(index && {
          GlobalSecondaryIndexes: [
            {
              IndexName: 'sessionId-targetLanguage-index',
              KeySchema: [
                { AttributeName: index.hashKey, KeyType: 'HASH' as const },
                { AttributeName: index.rangeKey, KeyType: 'RANGE' as const },
              ],
              Projection: { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: ['role'] },
            },
          ],
        }),
      }),
    );
  }
}

async function clearTables(client: DynamoDBClient): Promise<void> {
  for (const [TableName, { hashKey }] of Object.entries(TABLES)) {
    const { Items = [] } = await client.send(new ScanCommand({ TableName }));
    for (const { [hashKey]: value } of Items) {
      if (value) await client.send(new DeleteItemCommand({ TableName, Key: { [hashKey]: value } }));
    }
  }
}
