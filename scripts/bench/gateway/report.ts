import { formatTable } from '../table.ts';
import type { Measured } from './client-process.ts';
import type { SubjectName } from './server-process.ts';

/** With what the server spent on each, in all its threads: steadier than time where others use the machine too. */
export interface Costed extends Measured {
  readonly cpuMs: number;
}

/** What was measured of one server; of several rounds the medians. */
export interface SubjectResult {
  readonly name: SubjectName;
  readonly connects: Costed;
  /** By messages in flight. */
  readonly roundTrips: ReadonlyMap<number, Costed>;
  readonly memory: readonly MemoryResult[];
}

export interface MemoryResult {
  /** idle connections, as they were wanted */
  readonly connections: number;
  /** as many as there were: less only when the time was up */
  readonly opened: number;
  /** growth of the server's process for each of them, bytes */
  readonly rssBytes: number;
  /** of that, in the main thread's heap, bytes */
  readonly heapBytes: number;
}

interface Metric {
  readonly name: string;
  readonly of: (result: SubjectResult) => number;
  readonly digits: number;
}

const titles: Record<SubjectName, string> = {
  raw: 'raw ws echo',
  echo: 'echo Lambda',
  heartbeat: 'our heartbeat',
};

function metricsOf(result: SubjectResult): Metric[] {
  const roundTrips = [...result.roundTrips.keys()].flatMap((inFlight): Metric[] => {
    const read = (key: keyof Costed) => (each: SubjectResult) => each.roundTrips.get(inFlight)?.[key] ?? Number.NaN;
    return [
      { name: `round trips/s, ${inFlight} in flight`, of: read('perSecond'), digits: 0 },
      { name: '  p50 ms', of: read('p50Ms'), digits: 2 },
      { name: '  p99 ms', of: read('p99Ms'), digits: 2 },
      { name: '  server CPU ms', of: read('cpuMs'), digits: 3 },
    ];
  });
  const memory = result.memory.map(
    ({ connections }, index): Metric => ({
      name: `kB/connection, ${connections} idle`,
      of: (each) => (each.memory[index]?.rssBytes ?? Number.NaN) / 1024,
      digits: 1,
    }),
  );
  return [
    { name: 'connections/s', of: ({ connects }) => connects.perSecond, digits: 0 },
    { name: '  p50 ms', of: ({ connects }) => connects.p50Ms, digits: 2 },
    { name: '  p99 ms', of: ({ connects }) => connects.p99Ms, digits: 2 },
    { name: '  server CPU ms', of: ({ connects }) => connects.cpuMs, digits: 3 },
    ...roundTrips,
    ...memory,
  ];
}

/** Measurements as rows, servers as columns, and the ratio to the first server beside each of the others. */
export function resultTable([base, ...others]: readonly [SubjectResult, ...SubjectResult[]]): string {
  return formatTable([
    ['', titles[base.name], ...others.flatMap(({ name }) => [titles[name], 'ratio'])],
    ...metricsOf(base).map(({ name, of, digits }) => [
      name,
      of(base).toFixed(digits),
      ...others.flatMap((other) => [of(other).toFixed(digits), `${(of(other) / of(base)).toFixed(2)}x`]),
    ]),
  ]);
}

/** The same for a machine; ratios are to the first server. */
export function resultJson(results: readonly [SubjectResult, ...SubjectResult[]]): object[] {
  const [base] = results;
  return results.map((result) => ({
    name: result.name,
    connects: result.connects,
    roundTrips: Object.fromEntries(result.roundTrips),
    memory: result.memory,
    ratios: {
      connectsPerSecond: result.connects.perSecond / base.connects.perSecond,
      roundTripsPerSecond: Object.fromEntries(
        [...result.roundTrips].map(([inFlight, { perSecond }]) => [
          inFlight,
          perSecond / (base.roundTrips.get(inFlight)?.perSecond ?? Number.NaN),
        ]),
      ),
      rssBytes: Object.fromEntries(
        result.memory.map(({ connections, rssBytes }, index) => [
          connections,
          rssBytes / (base.memory[index]?.rssBytes ?? Number.NaN),
        ]),
      ),
    },
  }));
}
