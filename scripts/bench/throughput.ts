/**
 * How many can join and leave in a second: `npm run bench -- throughput [--hold-ms 15] [--seconds 3]`. The real use
 * cases and adapters on the embedded engine, which refuses a transaction on an item that another one holds, as DynamoDB
 * does (8 to 22 ms are assumed). Time is simulated: computing takes none, so what is measured is contention alone, and
 * does not depend on the machine.
 */
import { parseArgs } from 'node:util';
import {
  createJoinKeys,
  createJoinSession,
  createLeaveSession,
  planShards,
  positionsNow,
} from '../../packages/core/src/sessions/index.ts';
import { type EnginePorts, openEngine } from '../../packages/core/test/support/engine-ports.ts';
import { createSimulatedTime } from '../../packages/core/test/support/simulated-time.ts';
import { median } from './statistics.ts';
import { formatTable } from './table.ts';

/** Of a call to DynamoDB and back, without what holds it up there. */
const ROUND_TRIP_MS = 4;
const SESSION_ID = 'faithful-shepherd-427';
/** Any time will do. */
const START_MS = 1_764_000_000_000;
const LANGUAGES = ['es', 'fr', 'de', 'pt', 'it'];

interface Row {
  readonly scenario: string;
  readonly operations: number;
  readonly attempts: number;
  readonly maxAttempts: number;
  /** By code. */
  readonly refused: string;
  readonly wrong: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      'hold-ms': { type: 'string', default: '15' },
      seconds: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
    },
  });
  const [holdMs, seconds] = [Number(values['hold-ms']), Number(values.seconds)];
  const rows: Row[] = [];
  // 500 places: the last ones are looked for by many at once, and those who come after them are refused rightly.
  rows.push(await joins('500 joins a second into 500 places', { capacity: 500, perSecond: 500, count: 500, holdMs }));
  rows.push(
    await joins('500 joins a second into 10,000 places', {
      capacity: 10_000,
      perSecond: 500,
      count: Math.round(500 * seconds),
      holdMs,
    }),
  );
  rows.push(await leaves('2,000 leaves in a second', { count: 2000, holdMs }));
  console.log(values.json ? JSON.stringify({ node: process.version, holdMs, rows }) : table(rows, holdMs));
}

interface Joins {
  readonly capacity: number;
  readonly perSecond: number;
  readonly count: number;
  readonly holdMs: number;
}

async function joins(scenario: string, { capacity, perSecond, count, holdMs }: Joins): Promise<Row> {
  const time = createSimulatedTime(START_MS);
  const ports = openEngine(ROUND_TRIP_MS, time);
  const work = async () => {
    await createSession(ports, capacity);
    ports.holdTransactionsFor(holdMs);
    const attempts: number[] = [];
    const joinKeys = createJoinKeys('a key for a benchmark, which guards nothing');
    const join = createJoinSession({
      ...ports,
      joinKeys,
      // Nobody has missed anything.
      replayMissed: async ({ found }) => positionsNow(found),
      wrongSessionIds: { enforce: async () => {}, count: async () => {} },
      meter: { joinAttempts: (number) => void attempts.push(number) },
      random: Math.random,
      settings: { heartbeatIntervalSeconds: 30 },
    });
    const joinKey = joinKeys.joinKeyOf(SESSION_ID);
    const outcomes = await paced(ports, count, perSecond, (number) =>
      join({
        connectionId: `listener-${number}`,
        connectedAt: ports.clock.nowMs(),
        addressHash: 'one address',
        sessionId: SESSION_ID,
        targetLanguage: LANGUAGES[number % LANGUAGES.length] ?? 'es',
        joinKey,
      }),
    );
    const joined = outcomes.filter(({ error }) => error === undefined).length;
    // Every place that there was and that a request asked for has to be taken.
    return rowOf(scenario, outcomes, attempts, Math.min(count, capacity) - joined);
  };
  try {
    return await time.run(work());
  } finally {
    await ports.stop();
  }
}

async function leaves(scenario: string, { count, holdMs }: { count: number; holdMs: number }): Promise<Row> {
  const time = createSimulatedTime(START_MS);
  const ports = openEngine(ROUND_TRIP_MS, time);
  const work = async () => {
    const shards = await createSession(ports, count);
    const listeners = shards.flatMap(({ placeShard, capacity }, shard) =>
      Array.from({ length: capacity }, (_, index) => ({
        connectionId: `listener-${shard}-${index}`,
        sessionId: SESSION_ID,
        role: 'listener' as const,
        targetLanguage: 'es',
        placeShard,
        connectedAt: ports.clock.nowMs(),
        lastHeartbeatAt: ports.clock.nowMs(),
      })),
    );
    for (const listener of listeners) await ports.sessions.takePlace(listener);
    ports.holdTransactionsFor(holdMs);
    ports.resetAttempts();
    const leave = createLeaveSession({ ...ports, settings: { speakerGraceMs: 30_000 } });
    // Not in the order of the shards: they come as they please.
    listeners.sort(() => Math.random() - 0.5);
    const outcomes = await paced(ports, count, count, async (number) => {
      const listener = listeners[number];
      if (listener) await leave(listener, 'lost');
    });
    const left = (await ports.sessions.findWithPlaces(SESSION_ID))?.shards.reduce((sum, { taken }) => sum + taken, 0);
    return rowOf(scenario, outcomes, ports.attempts(), left ?? 0);
  };
  try {
    return await time.run(work());
  } finally {
    await ports.stop();
  }
}

async function createSession(ports: EnginePorts, capacity: number) {
  const now = ports.clock.nowMs();
  const shards = planShards(capacity, now);
  const speaker = {
    connectionId: 'speaker',
    sessionId: SESSION_ID,
    role: 'speaker' as const,
    userId: 'user',
    connectedAt: now,
    lastHeartbeatAt: now,
  };
  const session = {
    sessionId: SESSION_ID,
    speakerUserId: 'user',
    speakerConnectionId: 'speaker',
    speakerConnectedAt: now,
    sourceLanguage: 'en',
    qualityTier: 'standard' as const,
    state: 'active' as const,
    broadcastState: { paused: false, muted: false, volume: 1 },
    revision: 1,
    capacity,
    createdAt: now,
    expiresAt: now + 3_600_000,
  };
  const outcome = await ports.sessions.create({ session, shards, speaker });
  if (outcome !== 'created') throw new Error(`The session was not created: ${outcome}`);
  return shards;
}

interface Outcome {
  readonly ms: number;
  readonly error: unknown;
}

/** Starts `work` evenly spaced, however long each takes. */
async function paced(
  ports: EnginePorts,
  count: number,
  perSecond: number,
  work: (number: number) => Promise<unknown>,
): Promise<Outcome[]> {
  const startMs = ports.clock.nowMs();
  const running: Promise<Outcome>[] = [];
  for (let number = 0; number < count; number++) {
    const dueMs = startMs + (number * 1000) / perSecond;
    const waitMs = dueMs - ports.clock.nowMs();
    if (waitMs > 0) await ports.sleep(waitMs);
    const begunMs = ports.clock.nowMs();
    running.push(
      work(number).then(
        () => ({ ms: ports.clock.nowMs() - begunMs, error: undefined }),
        (error: unknown) => ({ ms: ports.clock.nowMs() - begunMs, error }),
      ),
    );
  }
  return Promise.all(running);
}

function codesOf(outcomes: readonly Outcome[]): string {
  const codes = outcomes.flatMap(({ error }) =>
    error === undefined ? [] : ((error as { code?: string }).code ?? String(error)),
  );
  return [...Map.groupBy(codes, (code) => code)].map(([code, those]) => `${those.length} ${code}`).join(', ') || '0';
}

function rowOf(scenario: string, outcomes: readonly Outcome[], attempts: readonly number[], wrong: number): Row {
  const times = outcomes.map(({ ms }) => ms).sort((a, b) => a - b);
  return {
    scenario,
    operations: outcomes.length,
    attempts: attempts.reduce((sum, number) => sum + number, 0) / Math.max(1, attempts.length),
    maxAttempts: Math.max(0, ...attempts),
    refused: codesOf(outcomes),
    wrong,
    p50Ms: median(times),
    p99Ms: times[Math.floor(times.length * 0.99)] ?? 0,
  };
}

function table(rows: readonly Row[], holdMs: number): string {
  const body = rows.map((row) => [
    row.scenario,
    String(row.operations),
    row.attempts.toFixed(2),
    String(row.maxAttempts),
    row.refused,
    String(row.wrong),
    row.p50Ms.toFixed(0),
    row.p99Ms.toFixed(0),
  ]);
  const head = ['', 'operations', 'attempts', 'at most', 'refused', 'wrongly', 'p50 ms', 'p99 ms'];
  return `Items are held for ${holdMs} ms by a transaction; a round trip takes ${ROUND_TRIP_MS} ms.\n\n${formatTable([head, ...body])}`;
}
