import { pickSettings, readConfig } from '@sessions/core/lambda';
import { WEB_SOCKET_SETTINGS } from '@sessions/core/wiring';

const schema = pickSettings(
  ...WEB_SOCKET_SETTINGS,
  'MESSAGES_TABLE',
  'CONNECTION_MAX_DURATION_HOURS',
  'CONNECTION_REFRESH_MINUTES',
  'CONNECTION_WARNING_MINUTES',
  'RATE_LIMIT_HEARTBEATS_PER_MIN',
);

/** @throws {ConfigurationError} names every variable that is missing or wrong */
export const readHeartbeatConfig = (env: NodeJS.ProcessEnv) => readConfig(schema, env);
export type HeartbeatConfig = ReturnType<typeof readHeartbeatConfig>;
