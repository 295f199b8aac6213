import {
  createConnectionRepository,
  createDatabase,
  createRateLimiter,
  createSessionRepository,
  type Database,
} from '../../src/dynamodb/index.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
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

describe('On the embedded DynamoDB', () => {
  let dynamo: TestDatabase;
  let database: Database;
  before(async () => {
    dynamo = await startTestDatabase();
    const client = dynamo.createClient();
    const singleAttemptClient = () => dynamo.createClient({ maxAttempts: 1 });
    database = createDatabase({ client, singleAttemptClient, openMs: 30_000 });
  });
  after(() => dynamo.stop());
  afterEach(() => dynamo.clear());

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
