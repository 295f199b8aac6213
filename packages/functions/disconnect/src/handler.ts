import { createWebSocketHandler, identityOf, onMessage, type WebSocketHandlerDeps } from '@sessions/core/lambda';
import { endSession } from '@sessions/core/protocol';
import type { Disconnect, EndOwnSession } from '@sessions/core/sessions';

/** What the socket's end without a close frame is called (RFC 6455 section 7.4.1). */
const ABNORMAL_CLOSURE = 1006;

export interface DisconnectDeps {
  readonly webSocket: WebSocketHandlerDeps;
  readonly disconnect: Disconnect;
  readonly endOwnSession: EndOwnSession;
}

/** `$disconnect` and `endSession`. */
export const createHandler = ({ webSocket, disconnect, endOwnSession }: DisconnectDeps) =>
  createWebSocketHandler(webSocket, {
    $disconnect: async ({ requestContext: { connectionId, disconnectStatusCode, disconnectReason } }) => {
      await disconnect(connectionId, disconnectStatusCode ?? ABNORMAL_CLOSURE, disconnectReason);
      return { statusCode: 200 };
    },

    endSession: onMessage(webSocket.telemetry, endSession, (_message, event) =>
      endOwnSession({ connectionId: event.requestContext.connectionId, identity: identityOf(event) }),
    ),
  });
