import { secondsToMs } from '@sessions/core/lambda';
import { createEndSession, createLeaveSession, createSweep, tellNoSpeaker } from '@sessions/core/sessions';
import { openPorts } from '@sessions/core/wiring';
import type { SweeperConfig } from './config.ts';
import type { SweeperDeps } from './handler.ts';

/** The real parts, put together. */
export function wire(config: SweeperConfig): SweeperDeps {
  const ports = openPorts(config);
  const settings = {
    heartbeatTimeoutMs: secondsToMs(config.HEARTBEAT_TIMEOUT_SECONDS),
    speakerGraceMs: secondsToMs(config.SPEAKER_GRACE_SECONDS),
    reconcileAfterMs: secondsToMs(config.RECONCILE_AFTER_SECONDS),
  };
  const endSession = createEndSession(ports);
  const leaveSession = createLeaveSession({ ...ports, endSession, tellSpeaker: tellNoSpeaker, settings });
  return { telemetry: ports.telemetry, sweep: createSweep({ ...ports, endSession, leaveSession, settings }) };
}
