import { pickSettings, readConfig } from '@sessions/core/lambda';

const schema = pickSettings(
  'SESSIONS_TABLE',
  'DELIVERER_FUNCTION',
  'EVENT_BUS_NAME',
  'EVENT_SOURCE',
  'SPEAKER_GRACE_SECONDS',
  'CIRCUIT_BREAKER_SECONDS',
);

/** @throws {ConfigurationError} names every variable that is missing or wrong */
export const readNotifierConfig = (env: NodeJS.ProcessEnv) => readConfig(schema, env);
export type NotifierConfig = ReturnType<typeof readNotifierConfig>;
