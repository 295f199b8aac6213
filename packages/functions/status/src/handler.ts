import { createWebSocketHandler, onMessage, type Telemetry } from '@sessions/core/lambda';
import { getSessionStatus } from '@sessions/core/protocol';
import type { createReportStatus } from '@sessions/core/sessions';

export interface StatusDeps {
  readonly telemetry: Telemetry;
  readonly reportStatus: ReturnType<typeof createReportStatus>;
}

/** `getSessionStatus`: how is the session of this speaker? */
export const createHandler = ({ telemetry, reportStatus }: StatusDeps) =>
  createWebSocketHandler(telemetry, {
    getSessionStatus: onMessage(telemetry, getSessionStatus, (_message, { requestContext: { connectionId } }) =>
      reportStatus(connectionId),
    ),
  });
