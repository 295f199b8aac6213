import { hoursToMs } from '@sessions/core/lambda';
import { createJoinKeys, createRecoverMessages, createRefreshConnection } from '@sessions/core/sessions';
import { openReplayMissed, openWebSocketPorts } from '@sessions/core/wiring';
import type { RefreshConfig } from './config.ts';
import type { RefreshDeps } from './handler.ts';

/** The real parts, put together. */
export function wire(config: RefreshConfig): RefreshDeps {
  const ports = openWebSocketPorts(config);
  const replayMissed = openReplayMissed(ports, config);
  return {
    webSocket: ports.webSocket,
    refreshConnection: createRefreshConnection({
      ...ports,
      replayMissed,
      joinKeys: createJoinKeys(config.HMAC_KEY),
      settings: {
        sessionMaxDurationMs: hoursToMs(config.SESSION_MAX_DURATION_HOURS),
        heartbeatIntervalSeconds: config.HEARTBEAT_INTERVAL_SECONDS,
      },
    }),
    recoverMessages: createRecoverMessages({
      ...ports,
      replayMissed,
      settings: { recoveriesPerMinute: config.RATE_LIMIT_RECOVERIES_PER_MIN },
    }),
  };
}
