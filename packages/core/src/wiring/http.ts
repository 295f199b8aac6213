import { createMessageLog, createRateLimiter, createSessionRepository } from '../dynamodb/index.ts';
import { secondsToMs } from '../lambda/settings.ts';
import { systemClock } from '../lambda/system-clock.ts';
import { createTelemetry } from '../lambda/telemetry.ts';
import { openDatabases } from './databases.ts';
import type { LimitedPorts } from './ports.ts';

export interface HttpConfig {
  readonly SESSIONS_TABLE: string;
  readonly RATE_LIMITS_TABLE: string;
  readonly MESSAGES_TABLE: string;
  readonly CIRCUIT_BREAKER_SECONDS: number;
}

export type HttpPorts = Pick<LimitedPorts, 'telemetry' | 'meter' | 'clock' | 'sessions' | 'messageLog' | 'limiter'>;

/** The real ports of a function that answers HTTP requests, and sends nothing to connections. Nothing is called yet. */
export function openHttpPorts(config: HttpConfig): HttpPorts {
  const telemetry = createTelemetry();
  const { tables, rateLimits } = openDatabases({ circuitOpenMs: secondsToMs(config.CIRCUIT_BREAKER_SECONDS) });
  return {
    telemetry,
    meter: telemetry.meter,
    clock: systemClock,
    // None of its use cases touches a connection.
    sessions: createSessionRepository(tables, { sessions: config.SESSIONS_TABLE, connections: '' }),
    messageLog: createMessageLog(tables, { sessions: config.SESSIONS_TABLE, messages: config.MESSAGES_TABLE }),
    limiter: createRateLimiter(rateLimits, {
      tableName: config.RATE_LIMITS_TABLE,
      clock: systemClock,
      onUnavailable: telemetry.rateLimitsUnavailable,
    }),
  };
}
