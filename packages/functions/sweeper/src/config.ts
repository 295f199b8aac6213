import { pickSettings, readConfig } from '@sessions/core/lambda';

const schema = pickSettings(
  'SESSIONS_TABLE',
  'CONNECTIONS_TABLE',
  'MANAGEMENT_ENDPOINT',
  'DELIVERER_FUNCTION',
  'HEARTBEAT_TIMEOUT_SECONDS',
  'SPEAKER_GRACE_SECONDS',
  'CIRCUIT_BREAKER_SECONDS',
);

/** @throws {ConfigurationError} names every variable that is missing or wrong */
export const readSweeperConfig = (env: NodeJS.ProcessEnv) => readConfig(schema, env);
export type SweeperConfig = ReturnType<typeof readSweeperConfig>;
