import { isHttpEvent, type WebSocketEvent, type WebSocketHandlerDeps } from '@sessions/core/lambda';
import type { Publish, PublishAsSpeaker } from '@sessions/core/sessions';
import type { Context } from 'aws-lambda';
import { createDirectHandler } from './direct.ts';
import { createHttpEntrance } from './http.ts';
import { createSpeakerEntrance } from './speaker.ts';

export interface PublisherDeps {
  readonly webSocket: WebSocketHandlerDeps;
  readonly publish: Publish;
  readonly publishAsSpeaker: PublishAsSpeaker;
}

/**
 * `publish`, by each of its entrances: a request to the HTTP API, a message of a speaker, and everything else is a
 * direct invocation. Who may invoke the function directly can make any event, and so publish to any session: that is
 * what the permission to invoke it means.
 */
export function createHandler(deps: PublisherDeps) {
  const http = createHttpEntrance(deps);
  const speaker = createSpeakerEntrance(deps);
  const direct = createDirectHandler(deps);
  return async (event: unknown, context: Context): Promise<unknown> => {
    if (isHttpEvent(event)) return http(event, context);
    return isSpeakersMessage(event) ? speaker(event, context) : direct(event, context);
  };
}

const isSpeakersMessage = (event: unknown): event is WebSocketEvent =>
  (event as Partial<WebSocketEvent> | null | undefined)?.requestContext?.eventType === 'MESSAGE';
