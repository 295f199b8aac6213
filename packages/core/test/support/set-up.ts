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
  createTellSpeaker,
  tellNoSpeaker,
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
  /** 0, unless it is about that: then the speaker is told by the sweeper only. */
  readonly statusPushMs?: number;
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
  const untold: unknown[] = [];
  const onUntold = (error: unknown) => void untold.push(error);
  const tellSpeaker = createTellSpeaker({
    ...ports,
    onUntold,
    settings: { statusPushMs: options.statusPushMs ?? 0 },
  });
  const leaveSession = createLeaveSession({ ...ports, endSession, tellSpeaker, settings: { speakerGraceMs } });
  let drawn = 0;
  return {
    ...ports,
    untold,
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
      tellSpeaker,
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
    refreshConnection: createRefreshConnection({ ...ports, onUntold, settings: { sessionMaxDurationMs: 7_200_000 } }),
    reportStatus: createReportStatus({ ...ports, settings: { statusRequestsPerMinute: 12 } }),
    disconnect: createDisconnect({ connections, leaveSession }),
    endOwnSession: createEndOwnSession({ ...ports, endSession }),
    sweep: createSweep({
      ...ports,
      endSession,
      leaveSession: createLeaveSession({
        ...ports,
        endSession,
        tellSpeaker: tellNoSpeaker,
        settings: { speakerGraceMs },
      }),
      settings: { heartbeatTimeoutMs: 90_000, speakerGraceMs, reconcileAfterMs: 60_000 },
    }),
  };
}
