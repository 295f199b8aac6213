import { routes } from '../../infra/src/functions.ts';
import { type Assumptions, defaultAssumptions, HOURS_PER_MONTH, PLATFORM_LOG_BYTES } from './assumptions.ts';
import { type Measured, type Operation, type OperationName, operationNames } from './measured.ts';

/** What is asked about. */
export interface Scenario {
  readonly listeners: number;
  readonly minutes: number;
  /** Between two heartbeats, seconds. */
  readonly heartbeatSeconds: number;
  /** Age at which a connection is asked to move, minutes. */
  readonly refreshMinutes: number;
  /** How often each listener leaves and comes back. */
  readonly rejoins: number;
  readonly sessionsPerMonth: number;
  /** Between two captions in each language, seconds. Default: there are none. */
  readonly captionSeconds?: number;
  /** Between two messages with speech in each language, seconds. Default: there are none. */
  readonly audioSeconds?: number;
  /** Whether the API keeps an access log. Default: it does not. */
  readonly accessLogs?: boolean;
}

/** Quantities that are paid for. */
export interface Usage {
  readonly messages: number;
  readonly connectionMinutes: number;
  readonly invocations: number;
  readonly gbSeconds: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly logBytes: number;
  readonly bytesOut: number;
  readonly scheduledEvents: number;
  readonly customEvents: number;
}

/** Bytes of a strongly consistent read that cost one unit; of an eventually consistent one, two. */
const READ_UNIT_BYTES = 4096;
/** Calls of the others are no requests of the API's, and so not in its access log. */
const ROUTED: ReadonlySet<string> = new Set(Object.values(routes));
/** The notifier's window: of all changes within it the speaker is notified once. */
const STATUS_WINDOW_SECONDS = 1;
/** Languages that come into use, and go out of it, in a session of any size. */
const LANGUAGES = 5;
const MINUTES_PER_MONTH = HOURS_PER_MONTH * 60;

/** How often each operation happens in a session in which everything goes well. */
export function operationsOfSession(scenario: Scenario): Readonly<Record<OperationName, number>> {
  const { listeners, minutes, heartbeatSeconds, refreshMinutes, rejoins } = scenario;
  const heartbeats = Math.floor((minutes * 60) / heartbeatSeconds);
  // Nobody moves in the last minute; and without heartbeats, nobody is asked to.
  const moves = Math.min(heartbeats, Math.ceil(minutes / refreshMinutes) - 1);
  const languages = Math.min(listeners, LANGUAGES);
  const every = (seconds = 0) => (seconds > 0 ? Math.floor((minutes * 60) / seconds) : 0);
  const captions = every(scenario.captionSeconds);
  const speeches = every(scenario.audioSeconds);
  return {
    connectSpeaker: 1 + moves,
    connectListener: listeners * (1 + moves + rejoins),
    createSession: 1,
    joinSession: listeners * (1 + rejoins),
    heartbeat: (1 + listeners) * (heartbeats - moves),
    heartbeatWithReminder: (1 + listeners) * moves,
    refreshSpeaker: moves,
    refreshListener: listeners * moves,
    disconnectMovedListener: listeners * moves,
    disconnectListener: listeners * rejoins,
    disconnectWithoutRole: moves + 1 + listeners,
    // At most: everybody comes and goes apart from the others.
    statusNotification: Math.min(listeners * (1 + 2 * rejoins), Math.floor((minutes * 60) / STATUS_WINDOW_SECONDS)),
    languagesChanged: languages,
    changeLanguage: 0,
    setBroadcastState: 0,
    getSessionStatus: 0,
    publishCaption: languages * captions,
    publishCaptionPerListener: listeners * captions,
    publishAudio: languages * speeches,
    publishAudioPerListener: listeners * speeches,
    endSession: 1,
    endSessionPerListener: listeners,
    sweep: 0,
    sweepPerSession: minutes,
  };
}

/** What one session uses, the sweeper's additional reads included. */
export function usageOfSession(scenario: Scenario, measured: Measured, assumptions = defaultAssumptions): Usage {
  const { listeners, minutes } = scenario;
  const { listener, session, speaker, indexEntry } = measured.itemBytes;
  const counts = operationsOfSession(scenario);
  const context = { scenario, measured, assumptions };
  const operations = operationNames.map((name) => usageOf(measured.operations[name], counts[name], context));
  const used = operations.reduce(sum, nothing);
  // The first 4 KB of each are in what was measured.
  const queried = (counts.endSession * (readUnits(listeners * indexEntry) - 1)) / 2;
  const sweeps = minutes * (readUnits(speaker + listeners * listener) - 1) + (minutes * (readUnits(session) - 1)) / 2;
  return {
    ...used,
    connectionMinutes: (1 + listeners) * minutes,
    readUnits: used.readUnits + queried + sweeps,
  };
}

/** What is used in a month beside the sessions: a sweep every minute, whatever happens. */
export function usageOfStanding(scenario: Scenario, measured: Measured, assumptions = defaultAssumptions): Usage {
  const used = usageOf(measured.operations.sweep, MINUTES_PER_MONTH, { scenario, measured, assumptions });
  return { ...used, scheduledEvents: MINUTES_PER_MONTH };
}

interface Context {
  readonly scenario: Scenario;
  readonly measured: Measured;
  readonly assumptions: Assumptions;
}

function usageOf(operation: Operation, times: number, { scenario, measured, assumptions }: Context): Usage {
  const accessLogBytes = scenario.accessLogs ? measured.stack.accessLogBytes : 0;
  let invocations = 0;
  let gbSeconds = 0;
  let logBytes = 0;
  for (const [name, use] of Object.entries(operation.functions)) {
    const gb = (measured.memoryMb[name] ?? 0) / 1024;
    invocations += use.invocations;
    gbSeconds += (gb * durationMs(name, use, assumptions)) / 1000;
    logBytes += use.logBytes + use.invocations * (PLATFORM_LOG_BYTES + (ROUTED.has(name) ? accessLogBytes : 0));
  }
  const { writeUnits, readUnits, messages, bytesOut, events } = operation;
  const once = {
    ...nothing,
    customEvents: events,
    messages,
    invocations,
    gbSeconds,
    writeUnits,
    readUnits,
    logBytes,
    bytesOut,
  };
  return scale(once, times);
}

function durationMs(
  name: string,
  { invocations, awsCallsInSequence }: Operation['functions'][string],
  { durationMs, invocationMs, awsCallMs, coldStarts, initMs }: Assumptions,
): number {
  const stated = durationMs[name];
  if (stated !== undefined) return invocations * stated;
  return invocations * (invocationMs + coldStarts * initMs) + awsCallsInSequence * awsCallMs;
}

const readUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES));

const nothing: Usage = {
  messages: 0,
  connectionMinutes: 0,
  invocations: 0,
  gbSeconds: 0,
  writeUnits: 0,
  readUnits: 0,
  logBytes: 0,
  bytesOut: 0,
  scheduledEvents: 0,
  customEvents: 0,
};

const combine = (of: (field: keyof Usage) => number): Usage =>
  Object.fromEntries((Object.keys(nothing) as (keyof Usage)[]).map((field) => [field, of(field)])) as unknown as Usage;

const scale = (usage: Usage, times: number): Usage => combine((field) => usage[field] * times);
const sum = (a: Usage, b: Usage): Usage => combine((field) => a[field] + b[field]);
