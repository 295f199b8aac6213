import { createRateLimiter } from '@sessions/core/dynamodb';
import { hoursToMs, secondsToMs } from '@sessions/core/lambda';
import {
  createAdmitConnection,
  createCreateSession,
  createJoinSession,
  createTellSpeaker,
  generateSessionId,
} from '@sessions/core/sessions';
import { openPorts } from '@sessions/core/wiring';
import type { ConnectionConfig } from './config.ts';
import type { ConnectionDeps } from './handler.ts';
import { createInvokeSelf } from './invoke-self.ts';
import { createPostReply } from './post-reply.ts';

/** The real parts, put together. */
export function wire(config: ConnectionConfig): ConnectionDeps {
  const ports = openPorts(config);
  const { telemetry, meter, clock, databases, sessions, connections, push } = ports;
  const limiter = createRateLimiter(databases.rateLimits, {
    tableName: config.RATE_LIMITS_TABLE,
    clock,
    onUnavailable: telemetry.rateLimitsUnavailable,
  });
  const { HEARTBEAT_INTERVAL_SECONDS: heartbeatIntervalSeconds } = config;
  return {
    telemetry,
    invokeSelf: createInvokeSelf(config.AWS_LAMBDA_FUNCTION_NAME),
    postReply: createPostReply(push),
    admitConnection: createAdmitConnection({
      limiter,
      meter,
      settings: { connectionsPerMinute: config.RATE_LIMIT_CONNECTION_ATTEMPTS_PER_MIN },
    }),
    createSession: createCreateSession({
      sessions,
      connections,
      limiter,
      meter,
      clock,
      drawSessionId: () => generateSessionId(config.SESSION_ID_VOCABULARY),
      settings: {
        sessionMaxDurationMs: hoursToMs(config.SESSION_MAX_DURATION_HOURS),
        heartbeatIntervalSeconds,
        sessionsPerHour: config.RATE_LIMIT_SESSIONS_PER_HOUR,
      },
    }),
    joinSession: createJoinSession({
      sessions,
      connections,
      limiter,
      push,
      tellSpeaker: createTellSpeaker({
        ...ports,
        onUntold: telemetry.speakerUntold,
        settings: { statusPushMs: secondsToMs(config.STATUS_PUSH_SECONDS) },
      }),
      meter,
      clock,
      settings: {
        maxListeners: config.MAX_LISTENERS_PER_SESSION,
        heartbeatIntervalSeconds,
        failedJoinsPerMinute: config.RATE_LIMIT_LISTENER_JOINS_PER_MIN,
      },
    }),
  };
}
