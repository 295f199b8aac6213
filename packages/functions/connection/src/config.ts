import { pickSettings, readConfig, text } from '@sessions/core/lambda';
import { VOCABULARIES, type VocabularyName } from '@sessions/core/sessions';
import { REPLAY_SETTINGS, WEB_SOCKET_SETTINGS } from '@sessions/core/wiring';
import * as z from 'zod/mini';

const names = Object.keys(VOCABULARIES) as [VocabularyName, ...VocabularyName[]];

const schema = z.extend(
  pickSettings(
    ...WEB_SOCKET_SETTINGS,
    ...REPLAY_SETTINGS,
    'HMAC_KEY',
    'MAX_LISTENERS_PER_SESSION',
    'SESSION_MAX_DURATION_HOURS',
    'HEARTBEAT_INTERVAL_SECONDS',
    'RATE_LIMIT_SESSIONS_PER_HOUR',
    'RATE_LIMIT_CONNECTION_ATTEMPTS_PER_MIN',
    'RATE_LIMIT_WRONG_IDS_PER_MIN',
  ),
  {
    /** Which word lists session IDs are drawn from. */
    SESSION_ID_VOCABULARY: z.enum(names),
    /** Lambda's own variable: whom a first message in the URL is handed to. */
    AWS_LAMBDA_FUNCTION_NAME: text(),
  },
);

/** @throws {ConfigurationError} names every variable that is missing or wrong */
export const readConnectionConfig = (env: NodeJS.ProcessEnv) => readConfig(schema, env);
export type ConnectionConfig = ReturnType<typeof readConnectionConfig>;
