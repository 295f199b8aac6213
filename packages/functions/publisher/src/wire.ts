import { secondsToMs } from '@sessions/core/lambda';
import { createPublish, createPublishAsSpeaker } from '@sessions/core/sessions';
import { openDeliverer, openWebSocketPorts } from '@sessions/core/wiring';
import type { PublisherConfig } from './config.ts';
import type { PublisherDeps } from './handler.ts';

/** The real parts, put together. */
export function wire(config: PublisherConfig): PublisherDeps {
  const ports = openWebSocketPorts(config);
  const publish = createPublish({
    ...ports,
    deliverer: openDeliverer(config.DELIVERER_FUNCTION),
    settings: {
      historyMs: secondsToMs(config.HISTORY_SECONDS),
      messageMaxAgeMs: secondsToMs(config.MESSAGE_MAX_AGE_SECONDS),
    },
  });
  return {
    webSocket: ports.webSocket,
    publish,
    publishAsSpeaker: createPublishAsSpeaker({
      ...ports,
      publish,
      settings: { messagesPerMinute: config.RATE_LIMIT_PUBLISH_PER_MIN },
    }),
  };
}
