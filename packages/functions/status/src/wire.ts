import { createReportStatus, createSetBroadcastState } from '@sessions/core/sessions';
import { openWebSocketPorts } from '@sessions/core/wiring';
import type { StatusConfig } from './config.ts';
import type { StatusDeps } from './handler.ts';

/** The real parts, put together. */
export function wire(config: StatusConfig): StatusDeps {
  const ports = openWebSocketPorts(config);
  const settings = { statusRequestsPerMinute: config.RATE_LIMIT_STATUS_PER_MIN };
  return {
    webSocket: ports.webSocket,
    reportStatus: createReportStatus({ ...ports, settings }),
    setBroadcastState: createSetBroadcastState(ports),
  };
}
