/**
 * The local gateway and Lambda runtime: `npm run bench -- gateway [options]`. Connections a second, round trips a second
 * and memory of idle connections: for our stack's heartbeat (a session created and joined) and for a bare echo
 * Lambda, beside a raw `ws` echo server, which is the limit on the machine. Servers and clients are processes of their
 * own, on 127.0.0.1 alone, and everything is bounded in count and in time. Times depend on the machine; ratios less so.
 *
 *   --rounds <n>         medians of so many (3), after
 *   --warm-up <n>        so many that do not count (1): functions start, code is compiled
 *   --connects <n>       connections opened in each round (300)
 *   --round-trips <n>    at most so many in each measurement (20000), and
 *   --seconds <n>        no longer than this (1)
 *   --idle <n,n>         idle connections whose memory is measured (2000,10000)
 *   --only <names>       of raw,echo,heartbeat
 *   --stack <file>       our stack as it was synthesized before; otherwise bundles and stack are made anew
 *   --json               for a machine
 *   --cpu-prof <folder>  writes profiles of the servers, for `node --cpu-prof`'s readers
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Bench, type Settings } from './gateway/bench.ts';
import { resultJson, resultTable, type SubjectResult } from './gateway/report.ts';
import type { SubjectName } from './gateway/server-process.ts';
import { writeStackFiles } from './gateway/stack-files.ts';

const SUBJECTS: readonly SubjectName[] = ['raw', 'echo', 'heartbeat'];
/** Descriptors that a server or client has besides its WebSockets: files, pipes, the functions' own connections. */
const OTHER_DESCRIPTORS = 500;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '3' },
      'warm-up': { type: 'string', default: '1' },
      connects: { type: 'string', default: '300' },
      'round-trips': { type: 'string', default: '20000' },
      seconds: { type: 'string', default: '1' },
      idle: { type: 'string', default: '2000,10000' },
      only: { type: 'string', default: SUBJECTS.join(',') },
      stack: { type: 'string' },
      json: { type: 'boolean', default: false },
      'cpu-prof': { type: 'string' },
    },
  });
  const notes: string[] = [];
  const profiles = values['cpu-prof'];
  const settings: Settings = {
    rounds: positive('rounds', values.rounds),
    warmUp: Number(values['warm-up']),
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
    const stackFiles: Partial<Record<SubjectName, string>> = await writeStackFiles(folder, values.stack);
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
