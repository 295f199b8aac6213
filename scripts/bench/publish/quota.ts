/**
 * One message to more listeners than the account's quota allows at once, while others use the service: how long it takes
 * beside what the quota allows, and what becomes of the others' requests meanwhile.
 */
import { percentile } from '../statistics.ts';
import { withAudience } from './fan-out.ts';

/** Of the quota, what heartbeats of one listener after the other take: 3,000 listeners send 100 a second. */
const BEATS_SHARE = 0.05;
/** So long they go on before the message, and after it. */
const QUIET_MS = 2000;

/** Requests a second, and at once. */
export interface Quota {
  readonly rateLimit: number;
  readonly burstLimit: number;
}

export interface QuotaResult {
  readonly listeners: number;
  readonly quota: Quota;
  readonly delivered: number;
  readonly failed: number;
  /** Invocations that failed, by function and how: a machine that is too slow for this shows here. */
  readonly failures: Readonly<Record<string, number>>;
  readonly publishMs: number;
  /** The least that the quota allows: what is beyond the burst, at the rate that the other traffic leaves. */
  readonly allowedMs: number;
  readonly beats: {
    readonly sent: number;
    readonly answered: number;
    readonly refused: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
  };
}

export async function measureQuota(listeners: number, quota: Quota): Promise<QuotaResult> {
  const beatsPerSecond = quota.rateLimit * BEATS_SHARE;
  return withAudience(
    { listeners, requestQuota: quota, isAsParallelAsAws: true },
    async ({ stack, audience, publish }) => {
      // The functions are warm, and the quota is full, when it counts.
      await publish();
      await pause();
      await stack.call('takeFailures');
      await audience.call('startBeats', beatsPerSecond);
      await pause();
      const { receipt, received, ms } = await publish();
      await pause();
      const { sent, beats } = await audience.call('stopBeats');
      const failures = await stack.call('takeFailures');
      if (received !== receipt.delivered) throw new Error(`${received} have it: ${JSON.stringify(receipt)}`);
      const answered = beats.filter(({ isAnswered }) => isAnswered).map((beat) => beat.ms);
      return {
        listeners,
        quota,
        delivered: receipt.delivered,
        failed: receipt.failed,
        failures,
        publishMs: ms,
        allowedMs: (1000 * Math.max(0, listeners - quota.burstLimit)) / (quota.rateLimit - beatsPerSecond),
        beats: {
          sent,
          answered: answered.length,
          refused: beats.length - answered.length,
          p50Ms: percentile(answered, 50),
          p99Ms: percentile(answered, 99),
        },
      };
    },
  );
}

const pause = () => new Promise((resolve) => setTimeout(resolve, QUIET_MS));
