import {
  createMemoryConnectionRepository,
  createMemoryMessageLog,
  createMemoryRateLimiter,
  createMemorySessionRepository,
  createMemoryTables,
} from '../../src/memory/index.ts';
import { connectionRepositoryContract } from '../contracts/connection-contract.ts';
import { type LogRepositories, messageLogContract } from '../contracts/message-log-contract.ts';
import { rateLimiterContract } from '../contracts/rate-limiter-contract.ts';
import { sessionRepositoryContract } from '../contracts/session-contract.ts';

describe('In memory', () => {
  const repositories = (): LogRepositories => {
    const tables = createMemoryTables();
    return {
      sessions: createMemorySessionRepository(tables),
      connections: createMemoryConnectionRepository(tables),
      messageLog: createMemoryMessageLog(tables, { pageSize: 30 }),
    };
  };

  describe('SessionRepository', () => sessionRepositoryContract(repositories));
  describe('ConnectionRepository', () => connectionRepositoryContract(repositories));
  describe('MessageLog', () => messageLogContract(repositories));
  describe('RateLimiter', () => rateLimiterContract(createMemoryRateLimiter));
});
