import { createWebSocketHandler, onMessage, type Telemetry } from '@sessions/core/lambda';
import { endSession } from '@sessions/core/protocol';
import type { createDisconnect, createEndOwnSession } from '@sessions/core/sessions';

/** What the socket's end without a close frame is called (RFC 6455 section 7.4.1). */
const ABNORMAL_CLOSURE = 1006;

export interface DisconnectDeps {
  readonly telemetry: Telemetry;
  readonly disconnect: ReturnType<typeof createDisconnect>;
  readonly endOwnSession: ReturnType<typeof createEndOwnSession>;
}

/** `$disconnect` and `endSession`. */
export const createHandler = ({ telemetry, disconnect, endOwnSession }: DisconnectDeps) =>
  createWebSocketHandler(telemetry, {
    $disconnect: async ({ requestContext: { connectionId, disconnectStatusCode, disconnectReason } }) => {
      await disconnect(connectionId, disconnectStatusCode ?? ABNORMAL_CLOSURE, disconnectReason);
      return { statusCode: 200 };
    },

    endSession: onMessage(telemetry, endSession, (_message, { requestContext: { connectionId } }) =>
      endOwnSession(connectionId),
    ),
  });
