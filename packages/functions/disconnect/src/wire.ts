import { secondsToMs } from '@sessions/core/lambda';
import {
  createDisconnect,
  createEndOwnSession,
  createEndSession,
  createLeaveSession,
  createTellSpeaker,
} from '@sessions/core/sessions';
import { openPorts } from '@sessions/core/wiring';
import type { DisconnectConfig } from './config.ts';
import type { DisconnectDeps } from './handler.ts';

/** The real parts, put together. */
export function wire(config: DisconnectConfig): DisconnectDeps {
  const ports = openPorts(config);
  const endSession = createEndSession(ports);
  const settings = { speakerGraceMs: secondsToMs(config.SPEAKER_GRACE_SECONDS) };
  const tellSpeaker = createTellSpeaker({
    ...ports,
    onUntold: ports.telemetry.speakerUntold,
    settings: { statusPushMs: secondsToMs(config.STATUS_PUSH_SECONDS) },
  });
  return {
    telemetry: ports.telemetry,
    disconnect: createDisconnect({
      ...ports,
      leaveSession: createLeaveSession({ ...ports, endSession, tellSpeaker, settings }),
    }),
    endOwnSession: createEndOwnSession({ ...ports, endSession }),
  };
}
