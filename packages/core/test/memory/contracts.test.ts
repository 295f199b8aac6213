import {
  createMemoryConnectionRepository,
  createMemoryRateLimiter,
  createMemorySessionRepository,
  createMemoryTables,
} from '../../src/memory/index.ts';
import { connectionRepositoryContract } from '../contracts/connection-contract.ts';
import type { Repositories } from '../contracts/fixture.ts';
import { rateLimiterContract } from '../contracts/rate-limiter-contract.ts';
import { sessionRepositoryContract } from '../contracts/session-contract.ts';

describe('In memory', () => {
  const repositories = (): Repositories => {
    const tables = createMemoryTables();
    return { sessions: createMemorySessionRepository(tables), connections: createMemoryConnectionRepository(tables) };
  };

  describe('SessionRepository', () => sessionRepositoryContract(repositories));
  describe('ConnectionRepository', () => connectionRepositoryContract(repositories));
  describe('RateLimiter', () => rateLimiterContract(createMemoryRateLimiter));
});
