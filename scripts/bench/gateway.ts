/**
 * The local gateway and Lambda runtime: `npm run bench -- gateway [options]`. Connections a second, round trips a second
 * and memory of idle connections: for our stack's heartbeat (a session created and joined) and for a bare echo
 * Lambda, beside a raw `ws` echo server, which is the limit on the machine. Servers and clients are processes of their
 * own, on 127.0.0.1 alone, and everything is bounded in count and in time. Times depend on the machine; ratios less so.
 *
 *   --rounds <n>         medians of so many (3)
 *   --connects <n>       connections opened in each round (300)
 *   --round-trips <n>    at most so many in each measurement (20000), and
 *   --seconds <n>        no longer than this (1)
 *   --idle <n,n>         idle connections whose memory is measured (2000,10000)
 *   --only <names>       of raw,echo,heartbeat
 *   --json               for a machine
 *   --cpu-prof <folder>  writes profiles of the servers, for `node --cpu-prof`'s readers
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Child } from './gateway/child.ts';
import type { ClientCommands, Measured } from './gateway/client-process.ts';
import { type Costed, type MemoryResult, resultJson, resultTable, type SubjectResult } from './gateway/report.ts';
import type { Access, ServerCommands, SubjectName } from './gateway/server-process.ts';
import { writeStackFiles } from './gateway/stack-files.ts';
import { median } from './statistics.ts';

const SUBJECTS: readonly SubjectName[] = ['raw', 'echo', 'heartbeat'];
const IN_FLIGHT = [1, 64];
/** Open while round trips are measured: a connection may send no more than 200 heartbeats a second. */
const CONNECTIONS = Math.max(...IN_FLIGHT);
const HANDSHAKES_AT_ONCE = 32;
/** Opening the idle connections of one server takes no longer. */
const IDLE_LIMIT_MS = 25_000;
/** Descriptors that a server or client has besides its WebSockets: files, pipes, the functions' own connections. */
const OTHER_DESCRIPTORS = 500;

interface Settings {
  readonly rounds: number;
  readonly connects: number;
  readonly roundTrips: number;
  readonly limitMs: number;
  readonly idle: readonly number[];
  readonly serverArgv: readonly string[];
}

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '3' },
      connects: { type: 'string', default: '300' },
      'round-trips': { type: 'string', default: '20000' },
      seconds: { type: 'string', default: '1' },
      idle: { type: 'string', default: '2000,10000' },
      only: { type: 'string', default: SUBJECTS.join(',') },
      json: { type: 'boolean', default: false },
      'cpu-prof': { type: 'string' },
    },
  });
  const notes: string[] = [];
  const profiles = values['cpu-prof'];
  const settings: Settings = {
    rounds: positive('rounds', values.rounds),
    connects: positive('connects', values.connects),
    roundTrips: positive('round-trips', values['round-trips']),
    limitMs: 1000 * positive('seconds', values.seconds, Number.isFinite),
    idle: withinDescriptors(
      values.idle
        .split(',')
        .filter(Boolean)
        .map((count) => positive('idle', count)),
      notes,
    ),
    serverArgv: ['--expose-gc', ...(profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`])],
  };
  const names = SUBJECTS.filter((name) => values.only.split(',').includes(name));
  const [first, ...others] = names;
  if (first === undefined) throw new RangeError(`--only takes any of ${SUBJECTS.join(',')}`);

  const folder = await mkdtemp(join(tmpdir(), 'bench-gateway-'));
  try {
    const stackFiles: Partial<Record<SubjectName, string>> = await writeStackFiles(folder);
    const bench = new Bench(settings, (name) => stackFiles[name] ?? '');
    const speeds = await bench.speeds([first, ...others]);
    const result = async (name: SubjectName): Promise<SubjectResult> => ({
      name,
      ...speeds(name),
      memory: await bench.memory(name, notes),
    });
    const results: [SubjectResult, ...SubjectResult[]] = [await result(first)];
    for (const name of others) results.push(await result(name));
    const machine = { node: process.version, cores: availableParallelism() };
    if (values.json) {
      console.log(JSON.stringify({ ...machine, rounds: settings.rounds, notes, results: resultJson(results) }));
    } else {
      console.log(resultTable(results));
      for (const note of notes) console.log(`\n${note}`);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

type Client = Child<ClientCommands>;
type Server = Child<ServerCommands>;

class Bench {
  readonly #settings: Settings;
  readonly #stackFileOf: (name: SubjectName) => string;

  constructor(settings: Settings, stackFileOf: (name: SubjectName) => string) {
    this.#settings = settings;
    this.#stackFileOf = stackFileOf;
  }

  /** Round by round, so that a slow moment of the machine falls on everyone. */
  async speeds(names: readonly SubjectName[]): Promise<(name: SubjectName) => Omit<SubjectResult, 'name' | 'memory'>> {
    const samples = new Map(names.map((name) => [name, [] as Sample[]]));
    const servers = new Map(names.map((name) => [name, this.#startServer(name)]));
    const client: Client = new Child('client-process.ts');
    try {
      // The first round only warms up: functions start, code is compiled.
      for (let round = 0; round <= this.#settings.rounds; round++) {
        for (const [name, server] of servers) {
          const sample = await this.#sample(client, server);
          if (round > 0) samples.get(name)?.push(sample);
        }
      }
    } finally {
      await Promise.all([client, ...servers.values()].map((child) => child.stop()));
    }
    return (name) => {
      const own = samples.get(name) ?? [];
      const roundTripsOf = (inFlight: number) => own.flatMap(({ roundTrips }) => roundTrips.get(inFlight) ?? []);
      return {
        connects: medians(own.map(({ connects }) => connects)),
        roundTrips: new Map(IN_FLIGHT.map((inFlight) => [inFlight, medians(roundTripsOf(inFlight))])),
      };
    };
  }

  async #sample(client: Client, server: Server): Promise<Sample> {
    const { connects: count, roundTrips: most, limitMs } = this.#settings;
    const { url, exchange, first } = await server.call('access');
    const costed = async (work: () => Promise<Measured>): Promise<Costed> => {
      const before = await server.call('cpuMs');
      const measured = await work();
      return { ...measured, cpuMs: ((await server.call('cpuMs')) - before) / measured.count };
    };
    const connects = await costed(() =>
      client.call('open', { url, count, concurrency: HANDSHAKES_AT_ONCE, limitMs: 4 * limitMs }),
    );
    await leave(client, server);
    await open(client, { url, exchange, ...(first && { first }) }, CONNECTIONS);
    const roundTrips = new Map<number, Costed>();
    for (const inFlight of IN_FLIGHT) {
      const request = { ...exchange, inFlight, count: most, limitMs };
      roundTrips.set(inFlight, await costed(() => client.call('roundTrips', request)));
    }
    await leave(client, server);
    return { connects, roundTrips };
  }

  /** In a fresh server: memory that was used once is seldom given back. */
  async memory(name: SubjectName, notes: string[]): Promise<MemoryResult[]> {
    const server = this.#startServer(name);
    const client: Client = new Child('client-process.ts');
    try {
      const access = await server.call('access');
      await open(client, access, CONNECTIONS);
      const before = await server.call('memory');
      const results: MemoryResult[] = [];
      const startedAtMs = performance.now();
      let idle = 0;
      for (const wanted of this.#settings.idle) {
        const limitMs = Math.max(0, IDLE_LIMIT_MS - (performance.now() - startedAtMs));
        const more = { url: access.url, count: wanted - idle, concurrency: HANDSHAKES_AT_ONCE, limitMs };
        idle += (await client.call('open', more)).count;
        if (idle < wanted) notes.push(`${name}: ${idle} idle connections instead of ${wanted}, the time was up.`);
        const { rss, heapUsed } = await server.call('memory');
        results.push({
          connections: wanted,
          rssBytes: (rss - before.rss) / idle,
          heapBytes: (heapUsed - before.heapUsed) / idle,
        });
      }
      const lost = await client.call('lost');
      if (lost > 0) notes.push(`${name}: ${lost} idle connections were closed by the server.`);
      return results;
    } finally {
      await Promise.all([client.stop(), server.stop()]);
    }
  }

  #startServer(name: SubjectName): Server {
    return new Child('server-process.ts', [name, this.#stackFileOf(name)], this.#settings.serverArgv);
  }
}

interface Sample {
  readonly connects: Costed;
  readonly roundTrips: ReadonlyMap<number, Costed>;
}

/** Opens connections that are ready to exchange messages, however long that takes. */
async function open(client: Client, { url, first }: Access, count: number): Promise<void> {
  await client.call('open', { url, count, concurrency: HANDSHAKES_AT_ONCE, limitMs: IDLE_LIMIT_MS, first });
}

async function leave(client: Client, server: Server): Promise<void> {
  await client.call('closeAll');
  await server.call('settled');
}

function medians(samples: readonly Costed[]): Costed {
  const of = (key: keyof Costed) => median(samples.map((sample) => sample[key]));
  return {
    count: of('count'),
    perSecond: of('perSecond'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    cpuMs: of('cpuMs'),
  };
}

function positive(name: string, text: string, isFit: (value: number) => boolean = Number.isInteger): number {
  const value = Number(text);
  if (!isFit(value) || value <= 0) throw new RangeError(`--${name} must be a number above 0, not ${text}`);
  return value;
}

/** As many connections as a process may have sockets. Node.js itself raises the soft limit to the hard one. */
function withinDescriptors(idle: readonly number[], notes: string[]): number[] {
  const limit = Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }));
  const most = Number.isNaN(limit) ? Number.POSITIVE_INFINITY : Math.max(1, limit - OTHER_DESCRIPTORS);
  if (idle.every((count) => count <= most)) return [...idle];
  notes.push(`Idle connections reduced to ${most}: a process may open ${limit} files here (ulimit -n).`);
  return [...new Set(idle.map((count) => Math.min(count, most)))];
}
