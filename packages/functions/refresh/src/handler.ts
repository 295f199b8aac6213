import { createWebSocketHandler, onMessage, type Telemetry, userIdOf } from '@sessions/core/lambda';
import { refreshConnection as message } from '@sessions/core/protocol';
import type { createRefreshConnection } from '@sessions/core/sessions';

export interface RefreshDeps {
  readonly telemetry: Telemetry;
  readonly refreshConnection: ReturnType<typeof createRefreshConnection>;
}

/** `refreshConnection`: this connection takes over the place of an older one. */
export const createHandler = ({ telemetry, refreshConnection }: RefreshDeps) =>
  createWebSocketHandler(telemetry, {
    refreshConnection: onMessage(telemetry, message, ({ sessionId, role, previousConnectionId }, event) =>
      refreshConnection({
        connectionId: event.requestContext.connectionId,
        connectedAt: event.requestContext.connectedAt,
        userId: userIdOf(event),
        sessionId,
        role,
        previousConnectionId,
      }),
    ),
  });
