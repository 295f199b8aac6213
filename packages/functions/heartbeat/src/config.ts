import { pickSettings, readConfig } from '@sessions/core/lambda';

const schema = pickSettings(
  'CONNECTIONS_TABLE',
  'MANAGEMENT_ENDPOINT',
  'CONNECTION_MAX_DURATION_HOURS',
  'CONNECTION_REFRESH_MINUTES',
  'CONNECTION_WARNING_MINUTES',
  'RATE_LIMIT_HEARTBEATS_PER_MIN',
  'CIRCUIT_BREAKER_SECONDS',
);

/** @throws {ConfigurationError} names every variable that is missing or wrong */
export const readHeartbeatConfig = (env: NodeJS.ProcessEnv) => readConfig(schema, env);
export type HeartbeatConfig = ReturnType<typeof readHeartbeatConfig>;
