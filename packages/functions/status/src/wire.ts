import { createConnectionRepository, createSessionRepository } from '@sessions/core/dynamodb';
import { createTelemetry, secondsToMs, systemClock } from '@sessions/core/lambda';
import { createReportStatus } from '@sessions/core/sessions';
// Not by way of the folder's index: that would bring the push into the bundle, which is not used here.
import { openDatabases } from '@sessions/core/wiring/databases';
import type { StatusConfig } from './config.ts';
import type { StatusDeps } from './handler.ts';

/** The real parts, put together. The status is the reply: nothing is pushed from here. */
export function wire(config: StatusConfig): StatusDeps {
  const telemetry = createTelemetry();
  const { tables } = openDatabases({ circuitOpenMs: secondsToMs(config.CIRCUIT_BREAKER_SECONDS) });
  return {
    telemetry,
    reportStatus: createReportStatus({
      sessions: createSessionRepository(tables, config.SESSIONS_TABLE),
      connections: createConnectionRepository(tables, config.CONNECTIONS_TABLE),
      meter: telemetry.meter,
      clock: systemClock,
      settings: { statusRequestsPerMinute: config.RATE_LIMIT_STATUS_PER_MIN },
    }),
  };
}
