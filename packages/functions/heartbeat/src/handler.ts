import { createWebSocketHandler, onMessage, type WebSocketHandlerDeps } from '@sessions/core/lambda';
import { heartbeat } from '@sessions/core/protocol';
import type { RecordHeartbeat } from '@sessions/core/sessions';

export interface HeartbeatDeps {
  readonly webSocket: WebSocketHandlerDeps;
  readonly recordHeartbeat: RecordHeartbeat;
}

/** `heartbeat`: this connection is alive. */
export const createHandler = ({ webSocket, recordHeartbeat }: HeartbeatDeps) =>
  createWebSocketHandler(webSocket, {
    heartbeat: onMessage(
      webSocket.telemetry,
      heartbeat,
      ({ sentAt }, { requestContext: { connectionId, connectedAt } }) =>
        recordHeartbeat({ connectionId, connectedAt, sentAt }),
      { latency: 'HeartbeatLatency' },
    ),
  });
