import {
  createCreateSession,
  createDisconnect,
  createEndOwnSession,
  createEndSession,
  createJoinSession,
  createLeaveSession,
  createRecordHeartbeat,
  createRefreshConnection,
  createReportStatus,
  createSweep,
} from '../../src/sessions/index.ts';
import type { Connection, Session } from '../../src/sessions/model.ts';
import { fakeClock } from './clock.ts';
import { createFakeMeter } from './fake-meter.ts';
import { createFakePush } from './fake-push.ts';
import { createMemoryConnections } from './memory-connections.ts';
import { createMemoryRateLimiter } from './memory-rate-limiter.ts';
import { createMemorySessions } from './memory-sessions.ts';

export interface SetUp {
  readonly sessions?: readonly Session[];
  readonly connections?: readonly Connection[];
  readonly maxListeners?: number;
  readonly sessionsPerHour?: number;
  readonly failedJoinsPerMinute?: number;
  readonly speakerGraceMs?: number;
  readonly drawSessionId?: () => string;
}

/**
 * Every use case over the fakes. The clock stands at 2,000,000 ms; intervals: 30 s between heartbeats, silent after
 * 90 s, 30 s of grace, mismatches mended after 60 s, connections of 7200 s asked to move after 6000 s and warned
 * after 6300 s.
 */
export function setUp(options: SetUp = {}) {
  const clock = fakeClock(2_000_000);
  const sessions = createMemorySessions();
  const connections = createMemoryConnections();
  for (const session of options.sessions ?? []) sessions.items.set(session.sessionId, session);
  for (const connection of options.connections ?? []) connections.items.set(connection.connectionId, connection);
  const push = createFakePush();
  const meter = createFakeMeter();
  const limiter = createMemoryRateLimiter(clock);
  const ports = { clock, sessions, connections, push, meter, limiter };
  const endSession = createEndSession(ports);
  const speakerGraceMs = options.speakerGraceMs ?? 30_000;
  const leaveSession = createLeaveSession({ ...ports, endSession, settings: { speakerGraceMs } });
  let drawn = 0;
  return {
    ...ports,
    endSession,
    leaveSession,
    createSession: createCreateSession({
      ...ports,
      drawSessionId: options.drawSessionId ?? (() => `drawn-river-${100 + drawn++}`),
      settings: {
        sessionMaxDurationMs: 7_200_000,
        heartbeatIntervalSeconds: 30,
        sessionsPerHour: options.sessionsPerHour ?? 50,
      },
    }),
    joinSession: createJoinSession({
      ...ports,
      settings: {
        maxListeners: options.maxListeners ?? 500,
        heartbeatIntervalSeconds: 30,
        failedJoinsPerMinute: options.failedJoinsPerMinute ?? 10,
      },
    }),
    recordHeartbeat: createRecordHeartbeat({
      ...ports,
      settings: {
        connectionMaxDurationMs: 7_200_000,
        refreshAfterMs: 6_000_000,
        warnAfterMs: 6_300_000,
        heartbeatsPerMinute: 2,
      },
    }),
    refreshConnection: createRefreshConnection({ ...ports, settings: { sessionMaxDurationMs: 7_200_000 } }),
    reportStatus: createReportStatus({ ...ports, settings: { statusRequestsPerMinute: 12 } }),
    disconnect: createDisconnect({ connections, leaveSession }),
    endOwnSession: createEndOwnSession({ ...ports, endSession }),
    sweep: createSweep({
      ...ports,
      endSession,
      leaveSession,
      settings: { heartbeatTimeoutMs: 90_000, speakerGraceMs, reconcileAfterMs: 60_000 },
    }),
  };
}
