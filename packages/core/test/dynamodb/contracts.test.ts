import { DeleteItemCommand, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  createConnectionRepository,
  createDatabase,
  createRateLimiter,
  createSessionRepository,
  type Database,
} from '../../src/dynamodb/index.ts';
import { startDynalite, type TestDatabase } from '../support/dynalite.ts';
import { createMemoryConnections } from '../support/memory-connections.ts';
import { createMemoryRateLimiter } from '../support/memory-rate-limiter.ts';
import { createMemorySessions } from '../support/memory-sessions.ts';
import { connectionRepositoryContract } from './connection-contract.ts';
import { rateLimiterContract } from './rate-limiter-contract.ts';
import { sessionRepositoryContract } from './session-contract.ts';

describe('In memory', () => {
  describe('SessionRepository', () => sessionRepositoryContract(createMemorySessions));
  describe('ConnectionRepository', () => connectionRepositoryContract(() => createMemoryConnections()));
  describe('RateLimiter', () => rateLimiterContract(createMemoryRateLimiter));
});

describe('On dynalite', () => {
  let dynamo: TestDatabase;
  let client: DynamoDBClient;
  let database: Database;
  before(async () => {
    dynamo = await startDynalite();
    client = dynamo.createClient();
    const singleAttemptClient = () => dynamo.createClient({ maxAttempts: 1 });
    database = createDatabase({ client, singleAttemptClient, openMs: 30_000 });
  });
  after(() => dynamo.stop());
  afterEach(async () => {
    for (const [TableName, key] of [
      ['Sessions', 'sessionId'],
      ['Connections', 'connectionId'],
      ['RateLimits', 'identifier'],
    ] as const) {
      const { Items = [] } = await client.send(new ScanCommand({ TableName }));
      await Promise.all(
        Items.flatMap(({ [key]: value }) =>
          value ? [client.send(new DeleteItemCommand({ TableName, Key: { [key]: value } }))] : [],
        ),
      );
    }
  });

  describe('SessionRepository', () => sessionRepositoryContract(() => createSessionRepository(database, 'Sessions')));
  describe('ConnectionRepository', () =>
    connectionRepositoryContract(() => createConnectionRepository(database, 'Connections')));
  describe('RateLimiter', () =>
    rateLimiterContract((clock) =>
      createRateLimiter(database, {
        tableName: 'RateLimits',
        clock,
        onUnavailable: (error) => {
          throw error;
        },
      }),
    ));
});
