import { hoursToMs } from '@sessions/core/lambda';
import { createRefreshConnection } from '@sessions/core/sessions';
import { openWebSocketPorts } from '@sessions/core/wiring';
import type { RefreshConfig } from './config.ts';
import type { RefreshDeps } from './handler.ts';

/** The real parts, put together. */
export function wire(config: RefreshConfig): RefreshDeps {
  const ports = openWebSocketPorts(config);
  const settings = { sessionMaxDurationMs: hoursToMs(config.SESSION_MAX_DURATION_HOURS) };
  return { webSocket: ports.webSocket, refreshConnection: createRefreshConnection({ ...ports, settings }) };
}
