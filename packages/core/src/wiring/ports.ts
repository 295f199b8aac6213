// Not by way of the folder's index: that would bring the client that is loaded lazily into the start.
import { createLazyPush } from '../apigateway/lazy-push.ts';
import { defaultProvider } from '../aws/env-credentials.ts';
import { createConnectionRepository, createSessionRepository } from '../dynamodb/index.ts';
import { connectionHash } from '../lambda/pseudonym.ts';
import { secondsToMs } from '../lambda/settings.ts';
import { systemClock } from '../lambda/system-clock.ts';
import { createTelemetry, nameOf, type Telemetry } from '../lambda/telemetry.ts';
import type { Clock, ConnectionRepository, Meter, Push, SessionRepository } from '../sessions/ports.ts';
import { type Databases, openDatabases } from './databases.ts';

export interface PortsConfig {
  readonly SESSIONS_TABLE: string;
  readonly CONNECTIONS_TABLE: string;
  readonly MANAGEMENT_ENDPOINT: string;
  readonly CIRCUIT_BREAKER_SECONDS: number;
}

/** What the use cases need of the outside world. */
export interface Ports {
  readonly telemetry: Telemetry;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly databases: Databases;
  readonly sessions: SessionRepository;
  readonly connections: ConnectionRepository;
  readonly push: Push;
}

/** The real ports of one function instance, from its configuration. Nothing is called yet. */
export function openPorts(config: PortsConfig): Ports {
  const telemetry = createTelemetry();
  const databases = openDatabases({ circuitOpenMs: secondsToMs(config.CIRCUIT_BREAKER_SECONDS) });
  return {
    telemetry,
    meter: telemetry.meter,
    clock: systemClock,
    databases,
    sessions: createSessionRepository(databases.tables, config.SESSIONS_TABLE),
    connections: createConnectionRepository(databases.tables, config.CONNECTIONS_TABLE),
    push: openPush(config.MANAGEMENT_ENDPOINT, telemetry),
  };
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
