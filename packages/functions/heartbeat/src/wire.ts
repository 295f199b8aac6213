import { createConnectionRepository } from '@sessions/core/dynamodb';
import { createTelemetry, hoursToMs, minutesToMs, secondsToMs, systemClock } from '@sessions/core/lambda';
import { createRecordHeartbeat } from '@sessions/core/sessions';
import { openDatabases, openPush } from '@sessions/core/wiring';
import type { HeartbeatConfig } from './config.ts';
import type { HeartbeatDeps } from './handler.ts';

/** The real parts, put together. A heartbeat never touches a session, so there is no repository of them here. */
export function wire(config: HeartbeatConfig): HeartbeatDeps {
  const telemetry = createTelemetry();
  const { tables } = openDatabases({ circuitOpenMs: secondsToMs(config.CIRCUIT_BREAKER_SECONDS) });
  return {
    telemetry,
    recordHeartbeat: createRecordHeartbeat({
      connections: createConnectionRepository(tables, config.CONNECTIONS_TABLE),
      push: openPush(config.MANAGEMENT_ENDPOINT, telemetry),
      meter: telemetry.meter,
      clock: systemClock,
      settings: {
        connectionMaxDurationMs: hoursToMs(config.CONNECTION_MAX_DURATION_HOURS),
        refreshAfterMs: minutesToMs(config.CONNECTION_REFRESH_MINUTES),
        warnAfterMs: minutesToMs(config.CONNECTION_WARNING_MINUTES),
        heartbeatsPerMinute: config.RATE_LIMIT_HEARTBEATS_PER_MIN,
      },
    }),
  };
}
