import { pickSettings, readConfig } from '@sessions/core/lambda';

const schema = pickSettings(
  'SESSIONS_TABLE',
  'CONNECTIONS_TABLE',
  'MANAGEMENT_ENDPOINT',
  'SPEAKER_GRACE_SECONDS',
  'STATUS_PUSH_SECONDS',
  'CIRCUIT_BREAKER_SECONDS',
);

/** @throws {ConfigurationError} names every variable that is missing or wrong */
export const readDisconnectConfig = (env: NodeJS.ProcessEnv) => readConfig(schema, env);
export type DisconnectConfig = ReturnType<typeof readDisconnectConfig>;
