import {
  createCheckHealth,
  createEndSessionOfOwner,
  createExportMessages,
  createJoinKeys,
  createListOwnSessions,
  createLookUpSession,
  createScheduleSession,
  createWrongSessionIds,
  generateSessionId,
} from '@sessions/core/sessions';
import { openHttpPorts } from '@sessions/core/wiring';
import type { ApiConfig } from './config.ts';
import type { ApiDeps } from './handler.ts';

/** The real parts, put together. */
export function wire(config: ApiConfig): ApiDeps {
  const ports = openHttpPorts(config);
  const joinKeys = createJoinKeys(config.HMAC_KEY);
  const wrongSessionIds = createWrongSessionIds({
    ...ports,
    settings: { wrongSessionIdsPerMinute: config.RATE_LIMIT_WRONG_IDS_PER_MIN },
  });
  return {
    telemetry: ports.telemetry,
    hmacKey: config.HMAC_KEY,
    scheduleSession: createScheduleSession({
      ...ports,
      joinKeys,
      drawSessionId: () => generateSessionId(config.SESSION_ID_VOCABULARY),
      settings: {
        sessionsPerHour: config.RATE_LIMIT_SESSIONS_PER_HOUR,
        maxListeners: config.MAX_LISTENERS_PER_SESSION,
        maxScheduled: config.MAX_SCHEDULED_SESSIONS,
      },
    }),
    listOwnSessions: createListOwnSessions({ ...ports, joinKeys }),
    lookUpSession: createLookUpSession({ ...ports, joinKeys, wrongSessionIds }),
    endSession: createEndSessionOfOwner(ports),
    exportMessages: createExportMessages(ports),
    checkHealth: createCheckHealth(ports),
  };
}
