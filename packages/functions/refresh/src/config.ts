import { pickSettings, readConfig } from '@sessions/core/lambda';

const schema = pickSettings(
  'SESSIONS_TABLE',
  'CONNECTIONS_TABLE',
  'MANAGEMENT_ENDPOINT',
  'SESSION_MAX_DURATION_HOURS',
  'CIRCUIT_BREAKER_SECONDS',
);

/** @throws {ConfigurationError} names every variable that is missing or wrong */
export const readRefreshConfig = (env: NodeJS.ProcessEnv) => readConfig(schema, env);
export type RefreshConfig = ReturnType<typeof readRefreshConfig>;
