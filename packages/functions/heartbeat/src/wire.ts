import { hoursToMs, minutesToMs } from '@sessions/core/lambda';
import { createRecordHeartbeat, createSessionCache } from '@sessions/core/sessions';
import { openWebSocketPorts } from '@sessions/core/wiring';
import type { HeartbeatConfig } from './config.ts';
import type { HeartbeatDeps } from './handler.ts';

/** The real parts, put together. */
export function wire(config: HeartbeatConfig): HeartbeatDeps {
  const ports = openWebSocketPorts(config);
  return {
    webSocket: ports.webSocket,
    recordHeartbeat: createRecordHeartbeat({
      ...ports,
      sessionCache: createSessionCache(ports),
      settings: {
        connectionMaxDurationMs: hoursToMs(config.CONNECTION_MAX_DURATION_HOURS),
        refreshAfterMs: minutesToMs(config.CONNECTION_REFRESH_MINUTES),
        warnAfterMs: minutesToMs(config.CONNECTION_WARNING_MINUTES),
        heartbeatsPerMinute: config.RATE_LIMIT_HEARTBEATS_PER_MIN,
      },
    }),
  };
}
