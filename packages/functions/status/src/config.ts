import { pickSettings, readConfig } from '@sessions/core/lambda';
import { WEB_SOCKET_SETTINGS } from '@sessions/core/wiring';

const schema = pickSettings(...WEB_SOCKET_SETTINGS, 'RATE_LIMIT_STATUS_PER_MIN');

/** @throws {ConfigurationError} names every variable that is missing or wrong */
export const readStatusConfig = (env: NodeJS.ProcessEnv) => readConfig(schema, env);
export type StatusConfig = ReturnType<typeof readStatusConfig>;
