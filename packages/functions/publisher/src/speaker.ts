import { createWebSocketHandler, identityOf, onMessage } from '@sessions/core/lambda';
import { publish as publishMessage } from '@sessions/core/protocol';
import { messagePublished } from '@sessions/core/sessions';
import type { PublisherDeps } from './handler.ts';
import { logPublished, speakerPrincipal } from './log-published.ts';

/** `publish`: a speaker says something to its listeners. */
export const createSpeakerEntrance = ({ webSocket, publishAsSpeaker }: PublisherDeps) =>
  createWebSocketHandler(webSocket, {
    publish: onMessage(webSocket.telemetry, publishMessage, async ({ action, requestId, ...message }, event) => {
      const identity = identityOf(event);
      const { connectionId } = event.requestContext;
      const principal = speakerPrincipal(identity.kind === 'speaker' ? identity.userId : '');
      return messagePublished(
        await logPublished(webSocket.telemetry, principal, (onStored) =>
          publishAsSpeaker({ connectionId, identity, ...message }, onStored),
        ),
      );
    }),
  });
