import { createWebSocketHandler, identityOf, onMessage, type WebSocketHandlerDeps } from '@sessions/core/lambda';
import { getSessionStatus, setBroadcastState as setBroadcastStateMessage } from '@sessions/core/protocol';
import type { ReportStatus, SetBroadcastState } from '@sessions/core/sessions';

export interface StatusDeps {
  readonly webSocket: WebSocketHandlerDeps;
  readonly reportStatus: ReportStatus;
  readonly setBroadcastState: SetBroadcastState;
}

/** `getSessionStatus`: how is the session of this speaker? `setBroadcastState`: what should its listeners do? */
export const createHandler = ({ webSocket, reportStatus, setBroadcastState }: StatusDeps) =>
  createWebSocketHandler(webSocket, {
    getSessionStatus: onMessage(webSocket.telemetry, getSessionStatus, (_message, event) =>
      reportStatus({ connectionId: event.requestContext.connectionId, identity: identityOf(event) }),
    ),

    setBroadcastState: onMessage(
      webSocket.telemetry,
      setBroadcastStateMessage,
      ({ action, requestId, ...change }, event) =>
        setBroadcastState({
          connectionId: event.requestContext.connectionId,
          identity: identityOf(event),
          change,
        }),
    ),
  });
