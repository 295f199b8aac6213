import {
  addressHash,
  createWebSocketHandler,
  identityOf,
  onMessage,
  type Route,
  type WebSocketEvent,
  type WebSocketHandlerDeps,
  type WebSocketResult,
} from '@sessions/core/lambda';
import { clientMessages, parseJsonObject, unknownAction } from '@sessions/core/protocol';
import type { ChangeLanguage, CreateSession, JoinSession } from '@sessions/core/sessions';
import type { Context } from 'aws-lambda';
import { type ConnectDeps, createConnectRoute } from './connect.ts';
import { FIRST_ACTIONS } from './first-message.ts';

export interface ConnectionDeps extends ConnectDeps {
  readonly webSocket: WebSocketHandlerDeps;
  readonly createSession: CreateSession;
  readonly joinSession: JoinSession;
  readonly changeLanguage: ChangeLanguage;
  /** Delivers the reply to a message that came in the URL. */
  readonly postReply: (connectionId: string, body: string) => Promise<void>;
}

/** `$connect`, `createSession`, `joinSession`, `changeLanguage`, and `$default`, where everything ends up that has no route. */
export const createRoutes = (deps: ConnectionDeps): Record<string, Route> => ({
  $connect: createConnectRoute(deps),

  createSession: onMessage(
    deps.webSocket.telemetry,
    clientMessages.createSession,
    ({ sourceLanguage, qualityTier, clientId }, event) =>
      deps.createSession({
        connectionId: event.requestContext.connectionId,
        connectedAt: event.requestContext.connectedAt,
        identity: identityOf(event),
        sourceLanguage,
        qualityTier,
        clientId,
      }),
    { latency: 'SessionCreationLatency' },
  ),

  joinSession: onMessage(
    deps.webSocket.telemetry,
    clientMessages.joinSession,
    ({ action, requestId, ...request }, event) =>
      deps.joinSession({
        connectionId: event.requestContext.connectionId,
        connectedAt: event.requestContext.connectedAt,
        addressHash: addressHash(event.requestContext.identity.sourceIp, deps.hmacKey),
        ...request,
      }),
    { latency: 'ListenerJoinLatency' },
  ),

  changeLanguage: onMessage(deps.webSocket.telemetry, clientMessages.changeLanguage, ({ targetLanguage }, event) =>
    deps.changeLanguage({ connectionId: event.requestContext.connectionId, targetLanguage }),
  ),

  $default: async ({ body, replyBy }) => {
    const message = parseJsonObject(body ?? '');
    throw replyBy === 'post' ? unknownAction(message, FIRST_ACTIONS) : unknownAction(message);
  },
});

export function createHandler(deps: ConnectionDeps) {
  const handle = createWebSocketHandler(deps.webSocket, createRoutes(deps));
  return async (event: WebSocketEvent, context: Context): Promise<WebSocketResult> => {
    const result = await handle(event, context);
    if (event.replyBy === 'post' && result.body !== undefined) {
      await deps.postReply(event.requestContext.connectionId, result.body);
    }
    return result;
  };
}
