import {
  type Clock,
  type ConnectionRepository,
  createChangeLanguage,
  createCreateSession,
  createDeliver,
  createDisconnect,
  createEndOwnSession,
  createJoinSession,
  createLeaveSession,
  createNotifyChanges,
  createOperate,
  createPublish,
  createRecordHeartbeat,
  createRecoverMessages,
  createRefreshConnection,
  createReplayMissed,
  createReportStatus,
  createScheduleSession,
  createSessionCache,
  createSetBroadcastState,
  createSweep,
  createWrongSessionIds,
  type Deliverer,
  type EventBus,
  type JoinKeys,
  type MessageLog,
  type Meter,
  type Push,
  type RateLimiter,
  type SessionRepository,
  type Sleep,
} from '@sessions/core/sessions';
import { SETTINGS } from './settings.ts';

/** Everything that the use cases need of the world. */
export interface UseCasePorts {
  readonly sessions: SessionRepository;
  readonly connections: ConnectionRepository;
  readonly messageLog: MessageLog;
  readonly push: Push;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly limiter: RateLimiter;
  readonly joinKeys: JoinKeys;
  readonly meter: Meter;
  readonly random: () => number;
  readonly deliverer: Deliverer;
  readonly eventBus: EventBus;
  readonly onFailure: (error: unknown) => void;
  /** What refreshes see of the sessions, if it is not the same. */
  readonly refreshLog?: MessageLog;
}

/** Few, so that they meet: the second session draws a taken ID first, or one whose time has come again. */
const DRAWS = ['calm-river-100', 'calm-river-100', 'calm-river-101', 'calm-river-102'];

/** Puts the real use cases together, as `core/wiring` and the functions do. */
export function composeUseCases(ports: UseCasePorts, capacity: number) {
  let drawn = 0;
  const drawSessionId = () => DRAWS[drawn++ % DRAWS.length] as string;
  const replayMissed = createReplayMissed({
    ...ports,
    onReplayFailed: (_, error) => ports.onFailure(error),
    settings: SETTINGS,
  });
  const leaveSession = createLeaveSession({ ...ports, settings: SETTINGS });
  return {
    createSession: createCreateSession({
      ...ports,
      drawSessionId,
      settings: { ...SETTINGS, maxListeners: capacity },
    }),
    scheduleSession: createScheduleSession({
      ...ports,
      drawSessionId,
      settings: { ...SETTINGS, maxListeners: capacity },
    }),
    joinSession: createJoinSession({
      ...ports,
      replayMissed,
      wrongSessionIds: createWrongSessionIds({ ...ports, settings: { wrongSessionIdsPerMinute: 30 } }),
      settings: SETTINGS,
    }),
    changeLanguage: createChangeLanguage(ports),
    refreshConnection: createRefreshConnection({
      ...ports,
      messageLog: ports.refreshLog ?? ports.messageLog,
      replayMissed,
      settings: SETTINGS,
    }),
    recoverMessages: createRecoverMessages({ ...ports, replayMissed, settings: SETTINGS }),
    publish: createPublish({ ...ports, settings: SETTINGS }),
    /** A new instance of the function, with a cache of its own. */
    createHeartbeatInstance: () =>
      createRecordHeartbeat({ ...ports, sessionCache: createSessionCache(ports), settings: SETTINGS }),
    setBroadcastState: createSetBroadcastState(ports),
    reportStatus: createReportStatus({ ...ports, settings: SETTINGS }),
    endOwnSession: createEndOwnSession(ports),
    disconnect: createDisconnect({ connections: ports.connections, leaveSession }),
    notifyChanges: createNotifyChanges({ ...ports, settings: SETTINGS }),
    deliver: createDeliver(ports),
    operate: createOperate(ports),
    /** A new instance of the function, which goes on where its last sweep stopped. */
    createSweeperInstance: () =>
      createSweep({ ...ports, leaveSession, settings: { ...SETTINGS, maxDurationMs: SETTINGS.sweepMaxDurationMs } }),
  };
}
export type UseCases = ReturnType<typeof composeUseCases>;
