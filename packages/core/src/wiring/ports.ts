// Not by way of the folder's index: that would bring the client that is loaded lazily into the start.
import { createLazyPush } from '../apigateway/lazy-push.ts';
import { defaultProvider } from '../aws/env-credentials.ts';
import {
  createConnectionRepository,
  createMessageLog,
  createRateLimiter,
  createSessionRepository,
} from '../dynamodb/index.ts';
import { connectionHash } from '../lambda/pseudonym.ts';
import { secondsToMs } from '../lambda/settings.ts';
import { systemClock, systemSleep } from '../lambda/system-clock.ts';
import { createTelemetry, nameOf, type Telemetry } from '../lambda/telemetry.ts';
import type {
  Clock,
  ConnectionRepository,
  MessageLog,
  Meter,
  Push,
  RateLimiter,
  SessionRepository,
  Sleep,
} from '../sessions/index.ts';
import { openDatabases } from './databases.ts';

export interface PortsConfig {
  readonly SESSIONS_TABLE: string;
  readonly CONNECTIONS_TABLE: string;
  /** Of a function that reads or writes what was published. */
  readonly MESSAGES_TABLE?: string;
  readonly MANAGEMENT_ENDPOINT: string;
  readonly CIRCUIT_BREAKER_SECONDS: number;
}

/** What the use cases need of the outside world. */
export interface Ports {
  readonly telemetry: Telemetry;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly sessions: SessionRepository;
  readonly connections: ConnectionRepository;
  /** Fails in a function that has no `MESSAGES_TABLE`. */
  readonly messageLog: MessageLog;
  readonly push: Push;
}

export interface LimitedPorts extends Ports {
  readonly limiter: RateLimiter;
}

/**
 * The real ports of one function instance, from its configuration. Nothing is called yet.
 * @param pushBudgetMs see `openPush`
 */
export function openPorts(config: PortsConfig, pushBudgetMs?: number): Ports {
  return portsOf(config, pushBudgetMs).ports;
}

/** The same with rate limits, which have a circuit of their own: the service goes on without them. */
export function openLimitedPorts(config: PortsConfig & { readonly RATE_LIMITS_TABLE: string }): LimitedPorts {
  const { ports, databases } = portsOf(config);
  const limiter = createRateLimiter(databases.rateLimits, {
    tableName: config.RATE_LIMITS_TABLE,
    clock: ports.clock,
    onUnavailable: ports.telemetry.rateLimitsUnavailable,
  });
  return { ...ports, limiter };
}

/** The sessions alone, for a function that sends nothing. */
export function openSessions(
  config: Pick<PortsConfig, 'SESSIONS_TABLE' | 'CIRCUIT_BREAKER_SECONDS'> & { readonly CONNECTIONS_TABLE?: string },
): SessionRepository {
  const { tables } = openDatabases({ circuitOpenMs: secondsToMs(config.CIRCUIT_BREAKER_SECONDS) });
  return createSessionRepository(tables, {
    sessions: config.SESSIONS_TABLE,
    connections: config.CONNECTIONS_TABLE ?? '',
  });
}

function portsOf(config: PortsConfig, pushBudgetMs?: number) {
  const telemetry = createTelemetry();
  const databases = openDatabases({ circuitOpenMs: secondsToMs(config.CIRCUIT_BREAKER_SECONDS) });
  const ports: Ports = {
    telemetry,
    meter: telemetry.meter,
    clock: systemClock,
    sleep: systemSleep,
    random: Math.random,
    sessions: createSessionRepository(databases.tables, {
      sessions: config.SESSIONS_TABLE,
      connections: config.CONNECTIONS_TABLE,
    }),
    connections: createConnectionRepository(databases.tables, config.CONNECTIONS_TABLE),
    messageLog: createMessageLog(databases.tables, {
      sessions: config.SESSIONS_TABLE,
      messages: config.MESSAGES_TABLE ?? '',
    }),
    push: openPush(config.MANAGEMENT_ENDPOINT, telemetry, pushBudgetMs),
  };
  return { ports, databases };
}

/**
 * Opens the way for messages to connections; what cannot be delivered is logged.
 * @param budgetMs the time for one message or fan-out, in place of three attempts for each post
 */
export const openPush = (endpoint: string, { logger }: Pick<Telemetry, 'logger'>, budgetMs?: number): Push =>
  createLazyPush({
    endpoint,
    // Where Lambda puts both, and puts them anew for each instance.
    region: async () => process.env.AWS_REGION ?? '',
    credentials: defaultProvider(),
    onFailure: (connectionId, error) =>
      logger.warn('Message not delivered', { to: connectionHash(connectionId), reason: nameOf(error) }),
    budgetMs,
  });
