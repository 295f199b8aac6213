import { pickSettings, readConfig } from '@sessions/core/lambda';

const schema = pickSettings(
  'SESSIONS_TABLE',
  'CONNECTIONS_TABLE',
  'RATE_LIMIT_STATUS_PER_MIN',
  'CIRCUIT_BREAKER_SECONDS',
);

/** @throws {ConfigurationError} names every variable that is missing or wrong */
export const readStatusConfig = (env: NodeJS.ProcessEnv) => readConfig(schema, env);
export type StatusConfig = ReturnType<typeof readStatusConfig>;
