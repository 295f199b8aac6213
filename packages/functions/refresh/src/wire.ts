import { hoursToMs } from '@sessions/core/lambda';
import { createRefreshConnection } from '@sessions/core/sessions';
import { openPorts } from '@sessions/core/wiring';
import type { RefreshConfig } from './config.ts';
import type { RefreshDeps } from './handler.ts';

/** The real parts, put together. */
export function wire(config: RefreshConfig): RefreshDeps {
  const ports = openPorts(config);
  return {
    telemetry: ports.telemetry,
    refreshConnection: createRefreshConnection({
      ...ports,
      onUntold: ports.telemetry.speakerUntold,
      settings: { sessionMaxDurationMs: hoursToMs(config.SESSION_MAX_DURATION_HOURS) },
    }),
  };
}
