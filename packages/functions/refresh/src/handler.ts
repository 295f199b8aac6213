import { createWebSocketHandler, identityOf, onMessage, type WebSocketHandlerDeps } from '@sessions/core/lambda';
import { refreshConnection as message } from '@sessions/core/protocol';
import type { RefreshConnection } from '@sessions/core/sessions';

export interface RefreshDeps {
  readonly webSocket: WebSocketHandlerDeps;
  readonly refreshConnection: RefreshConnection;
}

/** `refreshConnection`: this connection takes over the place of an older one. */
export const createHandler = ({ webSocket, refreshConnection }: RefreshDeps) =>
  createWebSocketHandler(webSocket, {
    refreshConnection: onMessage(webSocket.telemetry, message, ({ action, requestId, ...request }, event) =>
      refreshConnection({
        connectionId: event.requestContext.connectionId,
        connectedAt: event.requestContext.connectedAt,
        identity: identityOf(event),
        ...request,
      }),
    ),
  });
