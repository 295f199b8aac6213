import { pickSettings, readConfig } from '@sessions/core/lambda';
import { REPLAY_SETTINGS, WEB_SOCKET_SETTINGS } from '@sessions/core/wiring';

const schema = pickSettings(
  ...WEB_SOCKET_SETTINGS,
  ...REPLAY_SETTINGS,
  'HMAC_KEY',
  'SESSION_MAX_DURATION_HOURS',
  'HEARTBEAT_INTERVAL_SECONDS',
  'RATE_LIMIT_RECOVERIES_PER_MIN',
);

/** @throws {ConfigurationError} names every variable that is missing or wrong */
export const readRefreshConfig = (env: NodeJS.ProcessEnv) => readConfig(schema, env);
export type RefreshConfig = ReturnType<typeof readRefreshConfig>;
