import { pickSettings, readConfig } from '@sessions/core/lambda';
import { WEB_SOCKET_SETTINGS } from '@sessions/core/wiring';

const schema = pickSettings(...WEB_SOCKET_SETTINGS, 'SESSION_MAX_DURATION_HOURS');

/** @throws {ConfigurationError} names every variable that is missing or wrong */
export const readRefreshConfig = (env: NodeJS.ProcessEnv) => readConfig(schema, env);
export type RefreshConfig = ReturnType<typeof readRefreshConfig>;
