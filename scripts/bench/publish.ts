/**
 * Publishing on the local stack: `npm run bench -- publish [options]`. Real functions behind real sockets; the stack,
 * its clients and the floor's sender are processes of their own. Times depend on the machine and on what else runs on
 * it; ratios less so.
 *
 *   --part <names>       of fan-out,quota,recovery (all)
 *   --listeners <n,n>    of the fan-out (500,2000,10000)
 *   --rounds <n>         of the fan-out: medians of so many (5), after some that do not count
 *   --quota <rate>       requests a second of the emulated account, half of them at once (2000), and
 *   --audience <n>       listeners of that session: five times as many (10000)
 *   --clients <n>        with the SDK, whose lines are cut (200)
 *   --per-second <n>     messages to them (2), for
 *   --seconds <n>        so long (120)
 *   --json               the same as JSON
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type FanOutResult, measureFanOut } from './publish/fan-out.ts';
import { measureQuota, type QuotaResult } from './publish/quota.ts';
import { measureRecovery, type RecoveryResult } from './publish/recovery.ts';
import { formatTable } from './table.ts';

const PARTS = ['fan-out', 'quota', 'recovery'] as const;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      part: { type: 'string', default: PARTS.join(',') },
      listeners: { type: 'string', default: '500,2000,10000' },
      rounds: { type: 'string', default: '5' },
      quota: { type: 'string', default: '2000' },
      audience: { type: 'string', default: '' },
      clients: { type: 'string', default: '200' },
      'per-second': { type: 'string', default: '2' },
      seconds: { type: 'string', default: '120' },
      json: { type: 'boolean', default: false },
    },
  });
  const parts = values.part.split(',');
  const unknown = parts.find((part) => !PARTS.some((known) => known === part));
  if (unknown !== undefined) throw new RangeError(`--part must be of ${PARTS.join(', ')}, not ${unknown}`);
  const number = (name: 'rounds' | 'quota' | 'clients' | 'per-second' | 'seconds') =>
    positive(name, values[name as 'rounds']);
  const results: unknown[] = [];
  const show = (result: object, text: string) => {
    const load = loadavg()[0]?.toFixed(1);
    results.push({ ...result, load });
    if (!values.json) console.log(`${text}\nThe machine's load: ${load}.\n`);
  };

  if (parts.includes('fan-out')) {
    const rows: FanOutResult[] = [];
    for (const text of values.listeners.split(',')) {
      rows.push(await measureFanOut(positive('listeners', text), number('rounds')));
    }
    show({ fanOut: rows }, fanOutTable(rows));
  }
  if (parts.includes('quota')) {
    const rateLimit = number('quota');
    const audience = values.audience === '' ? 5 * rateLimit : positive('audience', values.audience);
    const result = await measureQuota(audience, { rateLimit, burstLimit: rateLimit / 2 });
    show({ quota: result }, quotaText(result));
  }
  if (parts.includes('recovery')) {
    const request = { clients: number('clients'), messagesPerSecond: number('per-second'), seconds: number('seconds') };
    const result = await measureRecovery(request);
    show({ recovery: result }, recoveryText(result));
  }
  if (values.json) console.log(JSON.stringify({ node: process.version, results }));
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`--${name} must be a whole number from 1 on, not ${text}`);
  return value;
}

const ms = (value: number): string => value.toFixed(0);
const times = (value: number): string => `${value.toFixed(2)}x`;

function fanOutTable(rows: readonly FanOutResult[]): string {
  const body = rows.map((row) => {
    const cpuMs = row.functionsCpuMs + row.gatewayCpuMs;
    const floorCpuMs = row.floorCpuMs + row.floorGatewayCpuMs;
    return [
      String(row.listeners),
      ms(row.publishMs),
      ms(row.slowestMs),
      ms(row.floorMs),
      times(row.publishMs / row.floorMs),
      row.functionsCpuMs.toFixed(3),
      row.floorCpuMs.toFixed(3),
      times(cpuMs / floorCpuMs),
      String(row.posts),
    ];
  });
  const head = [
    'listeners',
    'last has it, ms',
    'slowest',
    'floor, ms',
    '',
    'CPU/delivery, ms',
    'floor',
    'both ends',
    'posts',
  ];
  const calls = rows.map(
    ({ listeners, calls }) =>
      `Calls of AWS for a message to ${listeners}, besides its posts: ${Object.entries(calls)
        .map(([call, count]) => `${count} ${call}`)
        .join(', ')}.`,
  );
  return [
    formatTable([head, ...body]),
    '',
    'CPU is that of the functions, and of the bare client; "both ends" adds the gateway\'s to each. Aims: 2x, 0.2 ms.',
    ...calls,
  ].join('\n');
}

function quotaText({
  listeners,
  quota,
  delivered,
  failed,
  failures,
  publishMs,
  allowedMs,
  beats,
}: QuotaResult): string {
  return [
    `${listeners} listeners, ${quota.rateLimit} requests a second and ${quota.burstLimit} at once for the account:`,
    `  ${delivered} delivered, ${failed} failed; the last one after ${ms(publishMs)} ms, and the quota allows ` +
      `${ms(allowedMs)}: ${times(publishMs / allowedMs)}. The aim is 1.3x.`,
    `  Of ${beats.sent} heartbeats beside it ${beats.answered} were answered (p50 ${ms(beats.p50Ms)} ms, p99 ` +
      `${ms(beats.p99Ms)} ms) and ${beats.refused} refused.`,
    ...(Object.keys(failures).length > 0 ? [`  Invocations that failed: ${JSON.stringify(failures)}.`] : []),
  ].join('\n');
}

function recoveryText(result: RecoveryResult): string {
  const { request, published, unanswered, delivered, doubled, lost, returns, failed, live, replay, age } = result;
  return [
    `${request.clients} clients with the SDK, each cut every 15 s for 2 s; ${request.messagesPerSecond} messages a second for ${request.seconds} s:`,
    `  ${(100 * delivered).toFixed(3)} % of ${published} to each delivered, ${doubled} doubled, ${lost} lost, ${unanswered} without a receipt, ${failed} clients failed; ${returns} returns.`,
    `  ${live.count} came as they were published: p50 ${ms(live.p50Ms)} ms, p99 ${ms(live.p99Ms)} ms.`,
    `  ${replay.count} were replayed: p50 ${ms(replay.p50Ms)} ms, p99 ${ms(replay.p99Ms)} ms after the client was back; since their publication p50 ${ms(age.p50Ms)} ms, p99 ${ms(age.p99Ms)} ms.`,
    '  Aims: 100 %, none doubled, p99 of replays 1 s.',
  ].join('\n');
}
