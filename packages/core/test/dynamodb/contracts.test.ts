import {
  createConnectionRepository,
  createDatabase,
  createMessageLog,
  createRateLimiter,
  createSessionRepository,
} from '../../src/dynamodb/index.ts';
import { connectionRepositoryContract } from '../contracts/connection-contract.ts';
import { type LogRepositories, messageLogContract } from '../contracts/message-log-contract.ts';
import { rateLimiterContract } from '../contracts/rate-limiter-contract.ts';
import { sessionRepositoryContract } from '../contracts/session-contract.ts';
import { startTestDatabase, TABLE_NAMES, type TestDatabase } from '../support/database.ts';

describe('On the embedded DynamoDB', () => {
  let dynamo: TestDatabase;
  before(async () => {
    dynamo = await startTestDatabase();
  });
  after(() => dynamo.stop());
  afterEach(() => dynamo.clear());

  const database = () => createDatabase({ client: dynamo.createClient(), openMs: 30_000 });
  const repositories = (): LogRepositories => ({
    sessions: createSessionRepository(database(), TABLE_NAMES),
    connections: createConnectionRepository(database(), TABLE_NAMES.connections),
    messageLog: createMessageLog(database(), TABLE_NAMES),
  });

  describe('SessionRepository', () => sessionRepositoryContract(repositories));
  describe('ConnectionRepository', () => connectionRepositoryContract(repositories));
  describe('MessageLog', () => messageLogContract(repositories));
  describe('RateLimiter', () =>
    rateLimiterContract((clock) =>
      createRateLimiter(database(), {
        tableName: 'RateLimits',
        clock,
        onUnavailable: (error) => {
          throw error;
        },
      }),
    ));
});
