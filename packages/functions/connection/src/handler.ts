import {
  addressHash,
  createWebSocketHandler,
  onMessage,
  type Route,
  type Telemetry,
  userIdOf,
  type WebSocketEvent,
  type WebSocketResult,
} from '@sessions/core/lambda';
import { clientMessages, parseJsonObject, unknownAction } from '@sessions/core/protocol';
import type { createCreateSession, createJoinSession } from '@sessions/core/sessions';
import type { Context } from 'aws-lambda';
import { type ConnectDeps, createConnectRoute } from './connect.ts';
import { FIRST_ACTIONS } from './first-message.ts';

export interface ConnectionDeps extends ConnectDeps {
  readonly telemetry: Telemetry;
  readonly createSession: ReturnType<typeof createCreateSession>;
  readonly joinSession: ReturnType<typeof createJoinSession>;
  /** Delivers the reply to a message that came in the URL. */
  readonly postReply: (connectionId: string, body: string) => Promise<void>;
}

/** `$connect`, `createSession`, `joinSession`, and `$default`, where everything ends up that has no route. */
export const createRoutes = (deps: ConnectionDeps): Record<string, Route> => ({
  $connect: createConnectRoute(deps),

  createSession: onMessage(
    deps.telemetry,
    clientMessages.createSession,
    ({ sourceLanguage, qualityTier }, event) =>
      deps.createSession({
        connectionId: event.requestContext.connectionId,
        connectedAt: event.requestContext.connectedAt,
        userId: userIdOf(event),
        sourceLanguage,
        qualityTier,
      }),
    { latency: 'SessionCreationLatency' },
  ),

  joinSession: onMessage(
    deps.telemetry,
    clientMessages.joinSession,
    ({ sessionId, targetLanguage }, event) =>
      deps.joinSession({
        connectionId: event.requestContext.connectionId,
        connectedAt: event.requestContext.connectedAt,
        addressHash: addressHash(event.requestContext.identity.sourceIp),
        sessionId,
        targetLanguage,
      }),
    { latency: 'ListenerJoinLatency' },
  ),

  $default: async ({ body, replyBy }) => {
    const message = parseJsonObject(body ?? '');
    throw replyBy === 'post' ? unknownAction(message, FIRST_ACTIONS) : unknownAction(message);
  },
});

export function createHandler(deps: ConnectionDeps) {
  const handle = createWebSocketHandler(deps.telemetry, createRoutes(deps));
  return async (event: WebSocketEvent, context: Context): Promise<WebSocketResult> => {
    const result = await handle(event, context);
    if (event.replyBy === 'post' && result.body !== undefined) {
      await deps.postReply(event.requestContext.connectionId, result.body);
    }
    return result;
  };
}
