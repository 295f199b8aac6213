import { describeError, secondsToMs } from '@sessions/core/lambda';
import { createLeaveSession, createSweep } from '@sessions/core/sessions';
import { openDeliverer, openPorts } from '@sessions/core/wiring';
import type { SweeperConfig } from './config.ts';
import type { SweeperDeps } from './handler.ts';

/** The function may run for 60 s, and the next sweep starts then: what is begun before this is done by then. */
const MAX_DURATION_MS = 45_000;

/** The real parts, put together. */
export function wire(config: SweeperConfig): SweeperDeps {
  const ports = openPorts(config);
  const { telemetry } = ports;
  const speakerGraceMs = secondsToMs(config.SPEAKER_GRACE_SECONDS);
  return {
    telemetry,
    sweep: createSweep({
      ...ports,
      deliverer: openDeliverer(config.DELIVERER_FUNCTION),
      leaveSession: createLeaveSession({ ...ports, settings: { speakerGraceMs } }),
      onFailure: (error) => telemetry.logger.error('Part of the sweep failed', { error: describeError(error) }),
      settings: {
        heartbeatTimeoutMs: secondsToMs(config.HEARTBEAT_TIMEOUT_SECONDS),
        speakerGraceMs,
        maxDurationMs: MAX_DURATION_MS,
      },
    }),
  };
}
