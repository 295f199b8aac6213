import { pickSettings, readConfig } from '@sessions/core/lambda';

const schema = pickSettings(
  'SESSIONS_TABLE',
  'CONNECTIONS_TABLE',
  'MESSAGES_TABLE',
  'MANAGEMENT_ENDPOINT',
  'DELIVERER_FUNCTION',
  'CIRCUIT_BREAKER_SECONDS',
);

/** @throws {ConfigurationError} names every variable that is missing or wrong */
export const readDelivererConfig = (env: NodeJS.ProcessEnv) => readConfig(schema, env);
export type DelivererConfig = ReturnType<typeof readDelivererConfig>;
