import {
  createMemoryConnectionRepository,
  createMemoryDeliverer,
  createMemoryEventBus,
  createMemoryGateway,
  createMemoryMessageLog,
  createMemoryRateLimiter,
  createMemorySessionRepository,
  createMemoryTables,
  type IsBehind,
  type MemoryTables,
  toSessionsTableChange,
} from '../../src/memory/index.ts';
import type { ServerMessage } from '../../src/protocol/index.ts';
import {
  createAdmitConnection,
  createChangeLanguage,
  createCheckHealth,
  createConnectionBudget,
  createCreateSession,
  createDeliver,
  createDisconnect,
  createEndOwnSession,
  createEndSessionOfOwner,
  createExportMessages,
  createJoinKeys,
  createJoinSession,
  createLeaveSession,
  createListOwnSessions,
  createLookUpSession,
  createNotifyChanges,
  createOperate,
  createPublish,
  createPublishAsSpeaker,
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
  type NumberedChange,
} from '../../src/sessions/index.ts';
import type { Connection, ListenerConnection, PlacesShard, Session } from '../../src/sessions/model.ts';
import { fakeClock } from './clock.ts';
import { createFakeMeter } from './fake-meter.ts';

export interface SetUp {
  readonly sessions?: readonly Session[];
  /** Listeners take places of their shards; every connection has an open socket. */
  readonly connections?: readonly Connection[];
  /** Of every session; two that share its capacity, unless given. */
  readonly shards?: readonly PlacesShard[];
  readonly maxListeners?: number;
  readonly sessionsPerHour?: number;
  readonly maxScheduled?: number;
  readonly connectionsPerMinute?: number;
  readonly wrongSessionIdsPerMinute?: number;
  readonly refusalsPerMinute?: number;
  readonly messagesPerMinute?: number;
  readonly recoveriesPerMinute?: number;
  readonly speakerGraceMs?: number;
  readonly drawSessionId?: () => string;
  /** Which shard a join tries; the first one, unless given. */
  readonly random?: () => number;
  /** How far the index lags behind. */
  readonly isBehind?: IsBehind;
  /** Listeners on a page of the index, or connections on one of the scan. */
  readonly pageSize?: number;
}

/** 32 characters, as a key must have at least. */
export const HMAC_KEY = 'a-key-for-tests-of-32-characters';

/**
 * Every use case over the tables, the gateway and the event bus in memory. The clock stands at 2,000,000 ms, and moves on
 * when a use case sleeps; intervals: 30 s between heartbeats, silent after 90 s, 30 s of grace, connections of 7200 s
 * asked to move after 6000 s and warned after 6300 s, sweeps of 45 s; messages held for 120 s, and sent for 10 s.
 */
export function setUp(options: SetUp = {}) {
  const { isBehind, pageSize, speakerGraceMs = 30_000 } = options;
  const clock = fakeClock(2_000_000);
  const stream: NumberedChange[] = [];
  const tables = createMemoryTables({
    indexHistory: 1000,
    onChange: (change) =>
      void stream.push({ sequenceNumber: String(change.sequence), change: toSessionsTableChange(change) }),
  });
  fill(tables, options);
  stream.length = 0;
  const memory = { ...(isBehind && { isBehind }), ...(pageSize && { pageSize }) };
  const sessions = createMemorySessionRepository(tables, memory);
  const connections = createMemoryConnectionRepository(tables, memory);
  const messageLog = createMemoryMessageLog(tables, pageSize === undefined ? {} : { pageSize });
  const sent: { to: string; message: ServerMessage }[] = [];
  const closed: string[] = [];
  const push = createMemoryGateway({
    clock,
    onMessage: (to, message) => void sent.push({ to, message }),
    onClosed: (connectionId) => void closed.push(connectionId),
  });
  for (const { connectionId, lastHeartbeatAt } of options.connections ?? []) {
    push.open(connectionId);
    const socket = push.sockets.get(connectionId);
    if (socket) socket.lastActiveAt = lastHeartbeatAt;
  }
  const slept: number[] = [];
  const sleep = async (milliseconds: number) => {
    slept.push(milliseconds);
    clock.advance(milliseconds);
  };
  const meter = createFakeMeter();
  const limiter = createMemoryRateLimiter(clock);
  const eventBus = createMemoryEventBus();
  const joinKeys = createJoinKeys(HMAC_KEY);
  const random = options.random ?? (() => 0);
  const ports = { clock, sessions, connections, messageLog, push, meter, limiter, eventBus, joinKeys, random, sleep };
  const deliverer = createMemoryDeliverer((task) => deliver(task));
  const deliver = createDeliver({ ...ports, deliverer });
  const leaveSession = createLeaveSession({ ...ports, settings: { speakerGraceMs } });
  const wrongSessionIds = createWrongSessionIds({
    ...ports,
    settings: { wrongSessionIdsPerMinute: options.wrongSessionIdsPerMinute ?? 30 },
  });
  const publish = createPublish({
    ...ports,
    deliverer,
    settings: { historyMs: 120_000, messageMaxAgeMs: 10_000 },
  });
  const failures: unknown[] = [];
  const replayMissed = createReplayMissed({
    ...ports,
    deliverer,
    onReplayFailed: (_, error) => void failures.push(error),
    settings: { historyMs: 120_000 },
  });
  let drawn = 0;
  return {
    ...ports,
    tables,
    /** The records of the sessions table's stream, of everything since the beginning of the test. */
    stream,
    deliverer,
    deliver,
    leaveSession,
    wrongSessionIds,
    /** Every message that reached a socket, in order. */
    sent,
    /** The sockets that the service has closed. */
    closed,
    slept,
    /** What the sweep, the notifier and replays were told of failures. */
    failures,
    /** The types of the messages that a connection got, in order. */
    typesTo: (connectionId: string) => sent.filter(({ to }) => to === connectionId).map(({ message }) => message.type),
    session: (sessionId = 'faithful-shepherd-427') => tables.partitions.get(sessionId)?.stored?.session,
    connection: (connectionId: string) => tables.connections.get(connectionId)?.connection,
    /** The numbers of all shards of the session, added up. */
    places: (sessionId = 'faithful-shepherd-427') => addUp(tables, sessionId),
    admitConnection: createAdmitConnection({
      ...ports,
      settings: { connectionsPerMinute: options.connectionsPerMinute ?? 12_000 },
    }),
    createSession: createCreateSession({
      ...ports,
      drawSessionId: options.drawSessionId ?? (() => `drawn-river-${100 + drawn++}`),
      settings: {
        sessionMaxDurationMs: 7_200_000,
        heartbeatIntervalSeconds: 30,
        sessionsPerHour: options.sessionsPerHour ?? 50,
        maxListeners: options.maxListeners ?? 500,
      },
    }),
    joinSession: createJoinSession({
      ...ports,
      replayMissed,
      wrongSessionIds,
      settings: { heartbeatIntervalSeconds: 30 },
    }),
    changeLanguage: createChangeLanguage(ports),
    recordHeartbeat: createRecordHeartbeat({
      ...ports,
      sessionCache: createSessionCache(ports),
      settings: {
        connectionMaxDurationMs: 7_200_000,
        refreshAfterMs: 6_000_000,
        warnAfterMs: 6_300_000,
        heartbeatsPerMinute: 2,
      },
    }),
    refreshConnection: createRefreshConnection({
      ...ports,
      replayMissed,
      settings: { sessionMaxDurationMs: 7_200_000, heartbeatIntervalSeconds: 30 },
    }),
    recoverMessages: createRecoverMessages({
      ...ports,
      replayMissed,
      settings: { recoveriesPerMinute: options.recoveriesPerMinute ?? 30 },
    }),
    reportStatus: createReportStatus({ ...ports, settings: { statusRequestsPerMinute: 12 } }),
    setBroadcastState: createSetBroadcastState(ports),
    disconnect: createDisconnect({ connections, leaveSession }),
    endOwnSession: createEndOwnSession(ports),
    connectionBudget: createConnectionBudget({
      ...ports,
      leaveSession,
      settings: { refusalsPerMinute: options.refusalsPerMinute ?? 60, maxRolelessMs: 120_000 },
    }),
    scheduleSession: createScheduleSession({
      ...ports,
      drawSessionId: options.drawSessionId ?? (() => `drawn-river-${100 + drawn++}`),
      settings: {
        sessionsPerHour: options.sessionsPerHour ?? 50,
        maxListeners: options.maxListeners ?? 500,
        maxScheduled: options.maxScheduled ?? 20,
      },
    }),
    listOwnSessions: createListOwnSessions(ports),
    lookUpSession: createLookUpSession({ ...ports, wrongSessionIds }),
    endSessionOfOwner: createEndSessionOfOwner(ports),
    exportMessages: createExportMessages(ports),
    checkHealth: createCheckHealth(ports),
    notifyChanges: createNotifyChanges({ ...ports, deliverer, settings: { speakerGraceMs } }),
    operate: createOperate(ports),
    publish,
    publishAsSpeaker: createPublishAsSpeaker({
      ...ports,
      publish,
      settings: { messagesPerMinute: options.messagesPerMinute ?? 120 },
    }),
    sweep: createSweep({
      ...ports,
      deliverer,
      leaveSession,
      onFailure: (error) => void failures.push(error),
      settings: { heartbeatTimeoutMs: 90_000, speakerGraceMs, maxDurationMs: 45_000 },
    }),
  };
}
export type Everything = ReturnType<typeof setUp>;

function fill(tables: MemoryTables, { sessions = [], connections = [], shards }: SetUp): void {
  for (const session of sessions) {
    tables.putSession({ session });
    for (const shard of shards ?? halves(session)) tables.putShard(session.sessionId, { shard });
  }
  for (const connection of connections) {
    tables.putConnection({ connection });
    if (connection.role === 'listener') takePlace(tables, connection);
  }
}

const halves = ({ createdAt, capacity }: Session): PlacesShard[] =>
  [Math.ceil(capacity / 2), Math.floor(capacity / 2)].map((share, index) => ({
    placeShard: `${createdAt}#${index}`,
    capacity: share,
    taken: 0,
    joins: 0,
    languages: {},
  }));

function takePlace(tables: MemoryTables, { sessionId, placeShard, targetLanguage }: ListenerConnection): void {
  const stored = tables.partitions.get(sessionId)?.shards.get(placeShard);
  if (stored === undefined) throw new Error(`The test has no shard ${placeShard} of ${sessionId}`);
  const { taken, joins, languages } = stored.shard;
  const shard: PlacesShard = {
    ...stored.shard,
    taken: taken + 1,
    joins: joins + 1,
    languages: { ...languages, [targetLanguage]: (languages[targetLanguage] ?? 0) + 1 },
  };
  tables.putShard(sessionId, { ...stored, shard });
}

function addUp(tables: MemoryTables, sessionId: string) {
  const shards = [...(tables.partitions.get(sessionId)?.shards.values() ?? [])].map(({ shard }) => shard);
  const languages: Record<string, number> = {};
  for (const shard of shards) {
    for (const [language, count] of Object.entries(shard.languages)) {
      languages[language] = (languages[language] ?? 0) + count;
    }
  }
  const sum = (field: 'taken' | 'joins') => shards.reduce((total, shard) => total + shard[field], 0);
  return { taken: sum('taken'), joins: sum('joins'), languages };
}
