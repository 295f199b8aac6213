import { createWebSocketHandler, identityOf, onMessage, type WebSocketHandlerDeps } from '@sessions/core/lambda';
import { recover, refreshConnection as refreshConnectionMessage } from '@sessions/core/protocol';
import type { RecoverMessages, RefreshConnection } from '@sessions/core/sessions';

export interface RefreshDeps {
  readonly webSocket: WebSocketHandlerDeps;
  readonly refreshConnection: RefreshConnection;
  readonly recoverMessages: RecoverMessages;
}

/** `refreshConnection`: this connection takes over the place of an older one. `recover`: it has missed some messages. */
export const createHandler = ({ webSocket, refreshConnection, recoverMessages }: RefreshDeps) =>
  createWebSocketHandler(webSocket, {
    refreshConnection: onMessage(
      webSocket.telemetry,
      refreshConnectionMessage,
      ({ action, requestId, ...request }, event) =>
        refreshConnection({
          connectionId: event.requestContext.connectionId,
          connectedAt: event.requestContext.connectedAt,
          identity: identityOf(event),
          ...request,
        }),
    ),

    recover: onMessage(webSocket.telemetry, recover, ({ epoch, since }, event) =>
      recoverMessages({ connectionId: event.requestContext.connectionId, epoch, since }),
    ),
  });
