import { median } from '../statistics.ts';
import { Child } from './child.ts';
import type { ClientCommands, Measured } from './client-process.ts';
import type { Costed, MemoryResult, SubjectResult } from './report.ts';
import type { Access, ServerCommands, SubjectName } from './server-process.ts';

const IN_FLIGHT = [1, 64];
/** Open while round trips are measured: a connection may send no more than 200 heartbeats a second. */
const CONNECTIONS = Math.max(...IN_FLIGHT);
const HANDSHAKES_AT_ONCE = 32;
/** Opening the idle connections of one server takes no longer. */
const IDLE_LIMIT_MS = 25_000;
export interface Settings {
  /** Medians of so many, */
  readonly rounds: number;
  /** after so many that do not count. */
  readonly warmUp: number;
  /** Connections opened in each round. */
  readonly connects: number;
  /** At most so many in each measurement. */
  readonly roundTrips: number;
  /** No measurement of round trips takes longer, and none of connections four times that. */
  readonly limitMs: number;
  /** Numbers of idle connections, growing. */
  readonly idle: readonly number[];
  /** Of Node.js. */
  readonly serverArgv: readonly string[];
}

type Client = Child<ClientCommands>;
type Server = Child<ServerCommands>;

/** Measures servers, each in a process of its own, with clients in one other. */
export class Bench {
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
      const { rounds, warmUp } = this.#settings;
      for (let round = 1; round <= warmUp + rounds; round++) {
        for (const [name, server] of servers) {
          const sample = await this.#sample(client, server);
          if (round > warmUp) samples.get(name)?.push(sample);
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
    if (this.#settings.idle.length === 0) return [];
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
          opened: idle,
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
