import { createWebSocketHandler, onMessage, type Telemetry } from '@sessions/core/lambda';
import { heartbeat } from '@sessions/core/protocol';
import type { createRecordHeartbeat } from '@sessions/core/sessions';

export interface HeartbeatDeps {
  readonly telemetry: Telemetry;
  readonly recordHeartbeat: ReturnType<typeof createRecordHeartbeat>;
}

/** `heartbeat`: this connection is alive. */
export const createHandler = ({ telemetry, recordHeartbeat }: HeartbeatDeps) =>
  createWebSocketHandler(telemetry, {
    heartbeat: onMessage(
      telemetry,
      heartbeat,
      ({ sentAt }, { requestContext: { connectionId, connectedAt } }) =>
        recordHeartbeat({ connectionId, connectedAt, sentAt }),
      { latency: 'HeartbeatLatency' },
    ),
  });
