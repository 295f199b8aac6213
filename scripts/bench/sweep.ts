/**
 * What a sweep takes: `npm run bench -- sweep [--connections 1000000] [--sessions 10000] [--silent 10000] [--expired 1000]`.
 * The real use case, adapters and SDK in this process; the embedded DynamoDB in another one. Pages, read units and calls
 * are counts; CPU is this process's alone, and so depends on the machine; the last lines say how long that CPU takes at
 * the function's memory.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { functions } from '../../infra/src/functions.ts';
import {
  createConnectionRepository,
  createDatabase,
  createDynamoDBClient,
  createSessionRepository,
} from '../../packages/core/src/dynamodb/index.ts';
import { createSweep, type SweepReport } from '../../packages/core/src/sessions/index.ts';
import { TABLE_NAMES } from '../../packages/core/test/support/engine-tables.ts';
import type { World } from '../../packages/core/test/support/sweep-server.ts';

/** Lambda gives a whole core at this memory. @see AWS Lambda Developer Guide, "Configure Lambda function memory" */
const WHOLE_CORE_MB = 1769;
/** The sweeper goes on in the next sweep after this: `packages/functions/sweeper/src/wire.ts`. */
const MAX_DURATION_MS = 45_000;
const MB = 1024 ** 2;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      connections: { type: 'string', default: '100000' },
      sessions: { type: 'string', default: '1000' },
      silent: { type: 'string', default: '1000' },
      expired: { type: 'string', default: '100' },
      json: { type: 'boolean', default: false },
    },
  });
  const world: World = {
    connections: Number(values.connections),
    sessions: Number(values.sessions),
    silent: Number(values.silent),
    expired: Number(values.expired),
  };
  const program = fileURLToPath(import.meta.resolve('../../packages/core/test/support/sweep-server.ts'));
  const server = spawn(process.execPath, ['--max-old-space-size=12000', program, JSON.stringify(world)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const { value: endpoint } = await createInterface({ input: server.stdout })[Symbol.asyncIterator]().next();
    const results: Measured[] = [];
    const sweep = openSweep(String(endpoint));
    // Everything silent and open is closed, or removed, after a few sweeps.
    for (let number = 1; number <= 3; number++) results.push(await sweep());
    console.log(values.json ? JSON.stringify({ node: process.version, world, results }) : report(world, results));
  } finally {
    server.stdin.end();
  }
}

interface Measured {
  readonly report: SweepReport;
  readonly scans: number;
  readonly queries: number;
  readonly readUnits: number;
  readonly handedOver: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly maxHeapMb: number;
}

function openSweep(endpoint: string): () => Promise<Measured> {
  const client = createDynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
  });
  const database = createDatabase({ client, openMs: 1000 });
  const counts = { scans: 0, queries: 0, readUnits: 0 };
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (request) => {
        Object.assign(request.input, { ReturnConsumedCapacity: 'TOTAL' });
        const answer = await next(request);
        const isScan = commandName === 'ScanCommand';
        if (isScan) {
          counts.scans++;
          const { ConsumedCapacity } = answer.output as { ConsumedCapacity?: { CapacityUnits?: number } };
          counts.readUnits += ConsumedCapacity?.CapacityUnits ?? 0;
        }
        return answer;
      },
    { step: 'initialize' },
  );
  let handedOver = 0;
  let maxHeapMb = 0;
  const sessions = createSessionRepository(database, TABLE_NAMES);
  const connections = createConnectionRepository(database, TABLE_NAMES.connections);
  const sweep = createSweep({
    sessions,
    connections,
    deliverer: { handOver: async () => void handedOver++ },
    // Half of the silent sockets are gone; the other half is open, and was active long ago.
    push: {
      lastActiveAt: async (connectionId) => (connectionId.endsWith('0') ? undefined : Date.now() - 600_000),
      close: async () => {},
    },
    leaveSession: async ({ connectionId }) => {
      maxHeapMb = Math.max(maxHeapMb, process.memoryUsage().heapUsed / MB);
      await connections.removeSpeaker(connectionId);
    },
    meter: {
      gauges: () => {
        maxHeapMb = Math.max(maxHeapMb, process.memoryUsage().heapUsed / MB);
      },
      sweepBraked: () => {},
    },
    clock: { nowMs: Date.now },
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    onFailure: (error) => console.error(error),
    settings: { heartbeatTimeoutMs: 90_000, speakerGraceMs: 30_000, maxDurationMs: MAX_DURATION_MS },
  });
  return async () => {
    Object.assign(counts, { scans: 0, queries: 0, readUnits: 0 });
    handedOver = 0;
    maxHeapMb = 0;
    const cpu = process.cpuUsage();
    const startMs = performance.now();
    const result = await sweep();
    const { user, system } = process.cpuUsage(cpu);
    return {
      report: result,
      ...counts,
      handedOver,
      wallMs: performance.now() - startMs,
      cpuMs: (user + system) / 1000,
      maxHeapMb,
    };
  };
}

function report(world: World, results: readonly Measured[]): string {
  const share = functions.sweeper.memoryMb / WHOLE_CORE_MB;
  const number = (value: number) => value.toLocaleString('en-US', { maximumFractionDigits: 1 });
  const lines = results.flatMap(({ report, scans, readUnits, wallMs, cpuMs, maxHeapMb }, index) => [
    `Sweep ${index + 1}: ${JSON.stringify(report)}`,
    `  ${number(scans)} scanned pages, ${number(readUnits)} read units ($${((readUnits * 0.125) / 1e6).toFixed(4)}), heap at most ${number(maxHeapMb)} MB`,
    `  CPU ${number(cpuMs)} ms, ${(cpuMs / Math.max(1, scans)).toFixed(1)} ms a page; ${number(wallMs)} ms here, and at least ${number(cpuMs / share)} ms of CPU at ${functions.sweeper.memoryMb} MB`,
  ]);
  return `${number(world.connections)} connections, ${number(world.silent)} of them silent; ${number(world.sessions)} sessions, ${number(world.expired)} of them expired.\n\n${lines.join('\n')}`;
}
