import { pickSettings, readConfig } from '@sessions/core/lambda';
import { WEB_SOCKET_SETTINGS } from '@sessions/core/wiring';

const schema = pickSettings(...WEB_SOCKET_SETTINGS);

/** @throws {ConfigurationError} names every variable that is missing or wrong */
export const readDisconnectConfig = (env: NodeJS.ProcessEnv) => readConfig(schema, env);
export type DisconnectConfig = ReturnType<typeof readDisconnectConfig>;
