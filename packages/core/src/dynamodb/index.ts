export { createDynamoDBClient } from './client.ts';
export { createConnectionRepository, LISTENERS_INDEX } from './connections.ts';
export { createDatabase, type Database, type DatabaseOptions, isInfrastructureFailure } from './database.ts';
export { createRateLimiter, type RateLimiterOptions } from './rate-limiter.ts';
export { createSessionRepository } from './sessions.ts';
