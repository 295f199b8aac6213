import { pickSettings, readConfig } from '@sessions/core/lambda';
import { WEB_SOCKET_SETTINGS } from '@sessions/core/wiring';

const schema = pickSettings(
  ...WEB_SOCKET_SETTINGS,
  'MESSAGES_TABLE',
  'DELIVERER_FUNCTION',
  'HISTORY_SECONDS',
  'MESSAGE_MAX_AGE_SECONDS',
  'RATE_LIMIT_PUBLISH_PER_MIN',
);

/** @throws {ConfigurationError} names every variable that is missing or wrong */
export const readPublisherConfig = (env: NodeJS.ProcessEnv) => readConfig(schema, env);
export type PublisherConfig = ReturnType<typeof readPublisherConfig>;
