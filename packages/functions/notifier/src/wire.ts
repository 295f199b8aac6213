import { createEventBus } from '@sessions/core/eventbridge';
import { createTelemetry, secondsToMs, systemClock } from '@sessions/core/lambda';
import { createNotifyChanges } from '@sessions/core/sessions';
import { openDeliverer, openSessions } from '@sessions/core/wiring';
import type { NotifierConfig } from './config.ts';
import type { NotifierDeps } from './handler.ts';

/** The real parts, put together. */
export function wire(config: NotifierConfig): NotifierDeps {
  return {
    telemetry: createTelemetry(),
    notifyChanges: createNotifyChanges({
      sessions: openSessions(config),
      deliverer: openDeliverer(config.DELIVERER_FUNCTION),
      eventBus: createEventBus({ busName: config.EVENT_BUS_NAME, source: config.EVENT_SOURCE }),
      clock: systemClock,
      settings: { speakerGraceMs: secondsToMs(config.SPEAKER_GRACE_SECONDS) },
    }),
  };
}
