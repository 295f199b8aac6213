import type { SmokeResult } from '../../packages/smoke/src/index.ts';
import { percentile } from '../bench/statistics.ts';
import { formatTable } from '../bench/table.ts';

/** How long an operation took, milliseconds to a tenth. */
interface Latency {
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** For a machine. */
export function resultJson(url: string, result: SmokeResult) {
  const { checks, failures } = result;
  return { ok: failures.length === 0, url, checks, failures, latencies: Object.fromEntries(latenciesOf(result)) };
}

/** For a person: the table, a line for each failure, and the last line, which counts. */
export function resultText(url: string, result: SmokeResult): string {
  const { checks, failures } = result;
  const rows = latenciesOf(result).map(([operation, { count, p50Ms, p95Ms, p99Ms }]) => [
    operation,
    String(count),
    ...[p50Ms, p95Ms, p99Ms].map((value) => value.toFixed(1)),
  ]);
  const outcome = failures.length === 0 ? 'all as they should be' : `${failures.length} failed`;
  return [
    formatTable([['', 'count', 'p50 ms', 'p95 ms', 'p99 ms'], ...rows]),
    '',
    ...failures.map((failure) => `smoke: FAILED ${failure}`),
    `smoke: ${url}: ${checks} checks, ${outcome}`,
  ].join('\n');
}

const latenciesOf = ({ latenciesMs }: SmokeResult): [string, Latency][] =>
  [...latenciesMs].map(([operation, values]) => {
    const at = (percent: number) => Math.round(percentile(values, percent) * 10) / 10;
    return [operation, { count: values.length, p50Ms: at(50), p95Ms: at(95), p99Ms: at(99) }];
  });
