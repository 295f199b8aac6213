import {
  createMemoryConnectionRepository,
  createMemoryGateway,
  createMemoryMessageLog,
  createMemoryRateLimiter,
  createMemorySessionRepository,
  createMemoryTables,
  type IsBehind,
  type MemoryGateway,
  type MemoryTables,
} from '@sessions/core/memory';
import { type ServerMessage, ServiceError } from '@sessions/core/protocol';
import type {
  ConnectionRepository,
  JoinKeys,
  LifecycleEvent,
  Meter,
  RecordHeartbeat,
  SessionRepository,
} from '@sessions/core/sessions';
import type { Choices } from './choices.ts';
import { createDisconnects, type Disconnects } from './disconnects.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createMessageLedger, type MessageLedger } from './message-ledger.ts';
import type { Mutation } from './mutations.ts';
import type { Plan } from './plan.ts';
import { scheduled, scheduledPush } from './ports.ts';
import { createRandom } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { START_MS } from './settings.ts';
import { createMapping, type Mapping } from './stream.ts';
import { createTasks, type Tasks } from './tasks.ts';
import { composeUseCases, type UseCasePorts, type UseCases } from './use-cases.ts';

export interface WorldOptions {
  readonly plan: Plan;
  readonly choices: Choices;
  readonly isTraced: boolean;
  readonly mutation: Mutation | undefined;
  /** Receives what reaches a socket. */
  readonly onMessage: (connectionId: string, message: ServerMessage) => void;
  /** Learns that the service has closed a socket. */
  readonly onClosed: (connectionId: string) => void;
}

export interface World {
  readonly plan: Plan;
  readonly scheduler: Scheduler;
  readonly tables: MemoryTables;
  readonly gateway: MemoryGateway;
  readonly ledger: Ledger;
  readonly messages: MessageLedger;
  /** Whether anything is published: if not, clients need not look after messages. */
  readonly hasMessages: boolean;
  readonly streams: readonly Mapping[];
  readonly tasks: Tasks;
  readonly disconnects: Disconnects;
  readonly events: LifecycleEvent[];
  readonly useCases: UseCases;
  /** A heartbeat, by an instance of the function that is free, or by a new one. */
  readonly recordHeartbeat: RecordHeartbeat;
  /** One sweep, with what the mutation adds to it. */
  readonly sweep: () => Promise<unknown>;
}

const noMeter: Meter = {
  fanOut() {},
  gauges() {},
  rateLimitExceeded() {},
  joinAttempts() {},
  sweepBraked() {},
  published() {},
};

/** Keys that cost nothing: the real ones are HMACs. */
const joinKeys: JoinKeys = {
  joinKeyOf: (sessionId) => `k-${sessionId}`,
  isJoinKeyOf: (sessionId, joinKey) => joinKey === `k-${sessionId}`,
};

/** The whole service in memory, with every call of a port a step of the schedule. */
export function createWorld({ plan, choices, isTraced, mutation, ...sockets }: WorldOptions): World {
  const { onMessage, onClosed } = sockets;
  const scheduler = new Scheduler(choices, { nowMs: START_MS, faults: plan.faults, traced: isTraced });
  const clock = { nowMs: () => scheduler.nowMs };
  const ledger = createLedger();
  const messages = createMessageLedger(ledger.report);
  const streams: Mapping[] = [];
  const tables = createMemoryTables({
    indexHistory: plan.isIndexStale ? 12 : 0,
    onChange(change) {
      ledger.record(change);
      streams[change.part === 'session' ? 0 : 1]?.add(change);
    },
  });
  const events: LifecycleEvent[] = [];
  const onFailure = (error: unknown) => {
    // Of a fault that was injected, work is to recover; anything else is a bug of ours.
    if (!(error instanceof ServiceError) && error !== undefined) ledger.report(`something threw ${textOf(error)}`);
  };
  const random = createRandom(plan.seed ^ 0x5eed);

  // An index is behind by the latest few changes, each entry by its own; and never once everything has come to rest.
  const isBehind: IsBehind | undefined = plan.isIndexStale
    ? (_, age) => !scheduler.isCalm && age < 4 && random.chance(0.5)
    : undefined;
  const options = { pageSize: plan.pageSize, ...(isBehind && { isBehind }) };
  const memory = {
    sessions: ledger.countingJoins(createMemorySessionRepository(tables, options)),
    connections: createMemoryConnectionRepository(tables, options),
  };
  const wrap = { scheduler, pageSize: plan.pageSize, onWritten: ledger.touch };
  const sessions: SessionRepository = scheduled(memory.sessions, wrap);
  const connections: ConnectionRepository = scheduled(memory.connections, wrap);
  const messageLog = scheduled(messages.recording(createMemoryMessageLog(tables, { pageSize: plan.pageSize })), {
    ...wrap,
    // No invariant that is looked at after every write says anything of the log.
    onWritten() {},
  });
  const gateway = createMemoryGateway({
    clock,
    onMessage(connectionId, message) {
      if (message.type === 'message') messages.show(message);
      onMessage(connectionId, message);
    },
    onClosed,
  });
  const push = scheduledPush(gateway, scheduler);
  const sleep = (milliseconds: number) =>
    scheduler.call('sleep', milliseconds, 'none', () => {
      scheduler.nowMs += milliseconds;
    });
  const tasks = createTasks({ scheduler, deliver: () => useCases.deliver, onFailure });
  const limiter = createMemoryRateLimiter(clock);
  const basePorts: UseCasePorts = {
    sessions,
    connections,
    messageLog,
    push,
    clock,
    sleep,
    limiter,
    joinKeys,
    meter: noMeter,
    random: random.next,
    deliverer: tasks.port,
    eventBus: {
      publish: (published: readonly LifecycleEvent[]) =>
        scheduler.call('publish', published, 'write', () => {
          events.push(...published);
        }),
    },
    onFailure,
  };
  const mutated = mutation?.mutate({ ports: basePorts, tables, scheduler, onWritten: ledger.touch });
  const useCases = composeUseCases({ ...basePorts, ...mutated?.ports }, plan.capacity);
  const disconnects = createDisconnects({ scheduler, disconnect: useCases.disconnect, onFailure });
  const notifyChanges = () => useCases.notifyChanges;
  streams.push(
    createMapping({ name: 'sessions', notifyChanges, scheduler, parallelization: 10, onFailure }),
    createMapping({ name: 'places', notifyChanges, scheduler, parallelization: 1, onFailure }),
  );
  scheduler.sources.push(...streams, tasks, disconnects);
  const sweep = poolOf(useCases.createSweeperInstance);
  return {
    plan,
    scheduler,
    tables,
    gateway,
    ledger,
    messages,
    hasMessages: plan.operations.some(({ by }) => by === 'publisher'),
    streams,
    tasks,
    disconnects,
    events,
    useCases,
    recordHeartbeat: poolOf(useCases.createHeartbeatInstance),
    sweep: async () => {
      await sweep();
      await mutated?.sweep?.();
    },
  };
}

/** An instance serves one request at a time, and keeps its state; one that crashes is never used again. */
function poolOf<Args extends unknown[], Result>(
  createInstance: () => (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  const free: ((...args: Args) => Promise<Result>)[] = [];
  return async (...args) => {
    const instance = free.pop() ?? createInstance();
    try {
      return await instance(...args);
    } finally {
      free.push(instance);
    }
  };
}

const textOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
