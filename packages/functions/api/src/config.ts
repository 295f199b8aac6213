import { pickSettings, readConfig } from '@sessions/core/lambda';
import { VOCABULARIES, type VocabularyName } from '@sessions/core/sessions';
import * as z from 'zod/mini';

const names = Object.keys(VOCABULARIES) as [VocabularyName, ...VocabularyName[]];

const schema = z.extend(
  pickSettings(
    'SESSIONS_TABLE',
    'RATE_LIMITS_TABLE',
    'MESSAGES_TABLE',
    'HMAC_KEY',
    'MAX_LISTENERS_PER_SESSION',
    'MAX_SCHEDULED_SESSIONS',
    'RATE_LIMIT_SESSIONS_PER_HOUR',
    'RATE_LIMIT_WRONG_IDS_PER_MIN',
    'CIRCUIT_BREAKER_SECONDS',
  ),
  {
    /** Which word lists session IDs are drawn from. */
    SESSION_ID_VOCABULARY: z.enum(names),
  },
);

/** @throws {ConfigurationError} names every variable that is missing or wrong */
export const readApiConfig = (env: NodeJS.ProcessEnv) => readConfig(schema, env);
export type ApiConfig = ReturnType<typeof readApiConfig>;
