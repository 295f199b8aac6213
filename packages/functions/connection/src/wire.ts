import { createLazyInvoker } from '@sessions/core/invocations';
import { hoursToMs } from '@sessions/core/lambda';
import {
  createAdmitConnection,
  createChangeLanguage,
  createCreateSession,
  createJoinKeys,
  createJoinSession,
  createWrongSessionIds,
  generateSessionId,
} from '@sessions/core/sessions';
import { openReplayMissed, openWebSocketPorts } from '@sessions/core/wiring';
import type { ConnectionConfig } from './config.ts';
import type { ConnectionDeps } from './handler.ts';
import { createPostReply } from './post-reply.ts';

/** The real parts, put together. */
export function wire(config: ConnectionConfig): ConnectionDeps {
  const ports = openWebSocketPorts(config);
  const joinKeys = createJoinKeys(config.HMAC_KEY);
  const { HEARTBEAT_INTERVAL_SECONDS: heartbeatIntervalSeconds } = config;
  return {
    webSocket: ports.webSocket,
    hmacKey: config.HMAC_KEY,
    invokeSelf: createLazyInvoker(config.AWS_LAMBDA_FUNCTION_NAME).enqueue,
    postReply: createPostReply(ports.push),
    admitConnection: createAdmitConnection({
      ...ports,
      settings: { connectionsPerMinute: config.RATE_LIMIT_CONNECTION_ATTEMPTS_PER_MIN },
    }),
    createSession: createCreateSession({
      ...ports,
      joinKeys,
      drawSessionId: () => generateSessionId(config.SESSION_ID_VOCABULARY),
      settings: {
        sessionMaxDurationMs: hoursToMs(config.SESSION_MAX_DURATION_HOURS),
        heartbeatIntervalSeconds,
        sessionsPerHour: config.RATE_LIMIT_SESSIONS_PER_HOUR,
        maxListeners: config.MAX_LISTENERS_PER_SESSION,
      },
    }),
    joinSession: createJoinSession({
      ...ports,
      joinKeys,
      replayMissed: openReplayMissed(ports, config),
      wrongSessionIds: createWrongSessionIds({
        ...ports,
        settings: { wrongSessionIdsPerMinute: config.RATE_LIMIT_WRONG_IDS_PER_MIN },
      }),
      settings: { heartbeatIntervalSeconds },
    }),
    changeLanguage: createChangeLanguage(ports),
  };
}
