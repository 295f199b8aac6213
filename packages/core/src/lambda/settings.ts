import * as z from 'zod/mini';
import { address, decimal, text, wholeNumber } from './config.ts';

/**
 * Every setting that more than one function reads, with its bounds, in the words of the environment. The defaults are
 * the infrastructure's: a function that was deployed without one of its settings must not start.
 *
 * Each is made when it is picked: a function has no use for the other schemas, and making them takes its start longer.
 */
export const settings = {
  SESSIONS_TABLE: text,
  CONNECTIONS_TABLE: text,
  RATE_LIMITS_TABLE: text,
  MESSAGES_TABLE: text,
  /** Of API Gateway's `@connections`, with the stage. */
  MANAGEMENT_ENDPOINT: address,
  SESSION_MAX_DURATION_HOURS: () => decimal({ min: 0.0001, max: 168 }),
  /** API Gateway ends a connection after two hours, whatever is written here. */
  CONNECTION_MAX_DURATION_HOURS: () => decimal({ min: 0.0001, max: 2 }),
  CONNECTION_REFRESH_MINUTES: () => decimal({ min: 0, max: 120 }),
  CONNECTION_WARNING_MINUTES: () => decimal({ min: 0, max: 120 }),
  HEARTBEAT_INTERVAL_SECONDS: () => decimal({ min: 0.1, max: 600 }),
  HEARTBEAT_TIMEOUT_SECONDS: () => decimal({ min: 0.1, max: 7200 }),
  SPEAKER_GRACE_SECONDS: () => decimal({ min: 0, max: 3600 }),
  MAX_LISTENERS_PER_SESSION: () => wholeNumber({ min: 1, max: 100_000 }),
  RATE_LIMIT_SESSIONS_PER_HOUR: () => wholeNumber({ min: 1, max: 1_000_000 }),
  RATE_LIMIT_HEARTBEATS_PER_MIN: () => decimal({ min: 0.1, max: 6000 }),
  /** How long published messages are held. */
  HISTORY_SECONDS: () => wholeNumber({ min: 1, max: 86_400 }),
  /** Age after which a message is no longer sent again to those who did not take it. */
  MESSAGE_MAX_AGE_SECONDS: () => decimal({ min: 0.1, max: 600 }),
  /** What one speaker's connection may publish. */
  RATE_LIMIT_PUBLISH_PER_MIN: () => wholeNumber({ min: 1, max: 1_000_000 }),
  /** How often one connection may ask for what it missed. */
  RATE_LIMIT_RECOVERIES_PER_MIN: () => wholeNumber({ min: 1, max: 1_000_000 }),
  /** Scheduled sessions that one user may have. */
  MAX_SCHEDULED_SESSIONS: () => wholeNumber({ min: 0, max: 10_000 }),
  RATE_LIMIT_STATUS_PER_MIN: () => decimal({ min: 0.1, max: 6000 }),
  RATE_LIMIT_CONNECTION_ATTEMPTS_PER_MIN: () => wholeNumber({ min: 1, max: 1_000_000 }),
  RATE_LIMIT_WRONG_IDS_PER_MIN: () => wholeNumber({ min: 1, max: 1_000_000 }),
  /** What one connection may have refused before it is closed. */
  RATE_LIMIT_REFUSALS_PER_MIN: () => wholeNumber({ min: 3, max: 1_000_000 }),
  MAX_ROLELESS_SECONDS: () => decimal({ min: 1, max: 7200 }),
  /** Of address hashes and join keys; one for each environment. */
  HMAC_KEY: () => z.string().check(z.minLength(32, 'must have at least 32 characters')),
  DELIVERER_FUNCTION: text,
  EVENT_BUS_NAME: text,
  EVENT_SOURCE: text,
  CIRCUIT_BREAKER_SECONDS: () => decimal({ min: 0.1, max: 600 }),
} as const;

type Setting = keyof typeof settings;

/** The schema of the settings that a function names. */
export const pickSettings = <const N extends readonly Setting[]>(...names: N) =>
  z.object(
    Object.fromEntries(names.map((name) => [name, settings[name]()])) as {
      [K in N[number]]: ReturnType<(typeof settings)[K]>;
    },
  );

export const hoursToMs = (hours: number): number => hours * 3_600_000;
export const minutesToMs = (minutes: number): number => minutes * 60_000;
export const secondsToMs = (seconds: number): number => seconds * 1000;
