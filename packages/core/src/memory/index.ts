export { createMemoryConnectionRepository, type MemoryConnectionsOptions } from './connections.ts';
export { createMemoryDeliverer, type MemoryDeliverer } from './deliverer.ts';
export { createMemoryEventBus, type MemoryEventBus } from './event-bus.ts';
export { createMemoryGateway, type MemoryGateway, type MemoryGatewayOptions, type MemorySocket } from './gateway.ts';
export type { IndexChange, IsBehind } from './index-history.ts';
export { createMemoryMessageLog, type MemoryMessageLogOptions } from './message-log.ts';
export { createMemoryRateLimiter } from './rate-limiter.ts';
export { createMemorySessionRepository, type MemorySessionsOptions } from './sessions.ts';
export {
  createMemoryTables,
  type MemoryChange,
  type MemoryTables,
  type MemoryTablesOptions,
  type StoredChannel,
  type StoredConnection,
  type StoredSession,
  type StoredShard,
  toSessionsTableChange,
} from './tables.ts';
