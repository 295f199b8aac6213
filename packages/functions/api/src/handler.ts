import { createHttpHandler, type HttpRoute, type Telemetry } from '@sessions/core/lambda';
import type {
  CheckHealth,
  EndSessionOfOwner,
  ExportMessages,
  ListOwnSessions,
  LookUpSession,
  ScheduleSession,
} from '@sessions/core/sessions';
import { endSessionRoute } from './routes/end-session.ts';
import { exportMessagesRoute } from './routes/export-messages.ts';
import { healthRoute } from './routes/health.ts';
import { listOwnSessionsRoute } from './routes/list-own-sessions.ts';
import { lookUpSessionRoute } from './routes/look-up-session.ts';
import { scheduleSessionRoute } from './routes/schedule-session.ts';

export interface ApiDeps {
  readonly telemetry: Telemetry;
  readonly hmacKey: string;
  readonly scheduleSession: ScheduleSession;
  readonly listOwnSessions: ListOwnSessions;
  readonly lookUpSession: LookUpSession;
  readonly endSession: EndSessionOfOwner;
  readonly exportMessages: ExportMessages;
  readonly checkHealth: CheckHealth;
}

/** The routes of the HTTP API that this function serves: all but `POST /sessions/{sessionId}/messages`, the publisher's. */
export const createRoutes = (deps: ApiDeps) =>
  ({
    'POST /sessions': scheduleSessionRoute(deps.scheduleSession, deps.telemetry),
    'GET /sessions': listOwnSessionsRoute(deps.listOwnSessions),
    'GET /sessions/{sessionId}': lookUpSessionRoute(deps.lookUpSession, deps.hmacKey),
    'DELETE /sessions/{sessionId}': endSessionRoute(deps.endSession, deps.telemetry),
    'GET /sessions/{sessionId}/messages': exportMessagesRoute(deps.exportMessages, deps.telemetry),
    'GET /health': healthRoute(deps.checkHealth),
  }) as const satisfies Record<string, HttpRoute>;

export const createHandler = (deps: ApiDeps) => createHttpHandler(deps, createRoutes(deps));
