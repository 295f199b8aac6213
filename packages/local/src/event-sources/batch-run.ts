import { randomUUID } from 'node:crypto';
import type { ExecutionOutcome } from '../lambda/execution.ts';
import type { EventSourceMapping } from '../stack/model.ts';
import { payloadOf, type QueuedRecord } from './batch.ts';
import type { Discard, LastAttempt } from './discard-message.ts';
import { readResponse } from './response.ts';

/** Brings a batch to its end: processed, or given up. */
export type BatchRun = (batch: readonly QueuedRecord[]) => Promise<void>;

/** A stream keeps its records for a day: nothing is retried for longer. */
const RETENTION_SECONDS = 24 * 3600;
/** Between two attempts: at first, and at most. AWS does not say how long it waits. */
const BACKOFF_MS = { first: 500, most: 60_000 };

/** What a run tells. */
export interface BatchNews {
  readonly kind: 'delivered' | 'failed' | 'discarded';
  readonly records: number;
  /** Why it failed or was given up, e.g. `timedOut`, `RetryAttemptsExhausted`. */
  readonly reason?: string;
  readonly attempt: number;
}

export interface BatchRunOptions {
  readonly mapping: EventSourceMapping;
  readonly shard: number;
  readonly nowMs: () => number;
  /** Resolves later; at once when everything stops. */
  readonly pause: (delayMs: number) => Promise<void>;
  readonly isStopped: () => boolean;
  readonly invoke: (payloadJson: string, requestId: string, records: number) => Promise<ExecutionOutcome>;
  /** Called as records come to their end, oldest first. */
  readonly onDone: (records: readonly QueuedRecord[]) => void;
  readonly discard: (discard: Discard) => Promise<void>;
  readonly onNews: (news: BatchNews) => void;
}

/** What has become of a batch so far. */
interface Progress {
  readonly failures: number;
  readonly invocations: number;
  readonly last?: LastAttempt | undefined;
}

const begin: Progress = { failures: 0, invocations: 0 };

/**
 * Invokes a function with a batch until it is done: retries with longer and longer pauses, splits, skips what is too old,
 * and gives up where the mapping says so.
 * @see "Understanding how Lambda processes records from stream and queue-based event sources", AWS Lambda Developer Guide
 */
export function createBatchRun(options: BatchRunOptions): BatchRun {
  const { mapping, shard, nowMs, pause, isStopped, invoke, onDone, discard, onNews } = options;
  const longestAgeMs =
    1000 * (mapping.maximumRecordAgeSeconds < 0 ? RETENTION_SECONDS : mapping.maximumRecordAgeSeconds);
  const mostRetries = mapping.maximumRetryAttempts < 0 ? Number.POSITIVE_INFINITY : mapping.maximumRetryAttempts;

  async function giveUp(
    records: readonly QueuedRecord[],
    reason: Discard['reason'],
    { invocations, last }: Progress,
  ): Promise<void> {
    onNews({ kind: 'discarded', records: records.length, reason, attempt: invocations });
    await discard({ reason, records, shard, invocations, last });
    onDone(records);
  }

  async function run(given: readonly QueuedRecord[], soFar: Progress): Promise<void> {
    let batch = given;
    let progress = soFar;
    for (let pauses = 0; !isStopped(); pauses += 1) {
      const fresh = batch.findIndex(({ kept }) => nowMs() - kept.atMs < longestAgeMs);
      const tooOld = fresh < 0 ? batch.length : fresh;
      if (tooOld > 0) await giveUp(batch.slice(0, tooOld), 'RecordAgeExceeded', progress);
      batch = batch.slice(tooOld);
      if (batch.length === 0) return;

      const requestId = randomUUID();
      const outcome = await invoke(payloadOf(batch), requestId, batch.length);
      if (isStopped()) return;
      const { invocations } = progress;
      const verdict =
        outcome.kind === 'returned' && mapping.reportsItemFailures
          ? readResponse(outcome.payloadJson, batch)
          : { kind: outcome.kind === 'returned' ? ('success' as const) : ('failedFrom' as const), index: 0 };
      if (verdict.kind === 'success') {
        onNews({ kind: 'delivered', records: batch.length, attempt: invocations + 1 });
        onDone(batch);
        return;
      }
      const wasThrottled = outcome.kind === 'throttled';
      onNews({
        kind: 'failed',
        records: batch.length - verdict.index,
        reason: outcome.kind === 'returned' ? 'batchItemFailures' : outcome.kind,
        attempt: invocations + 1,
      });
      const isPartial = verdict.index > 0;
      if (isPartial) onNews({ kind: 'delivered', records: verdict.index, attempt: invocations + 1 });
      onDone(batch.slice(0, verdict.index));
      batch = batch.slice(verdict.index);
      const hasFailed = outcome.kind === 'failed' || outcome.kind === 'timedOut';
      const last: LastAttempt = { requestId, ...(hasFailed && { functionError: 'Unhandled' }) };
      progress = { failures: progress.failures, invocations: invocations + (wasThrottled ? 0 : 1), last };
      if (!wasThrottled) {
        // A split counts as no retry. A response that names a record has split the batch itself.
        if (mapping.bisects && batch.length > 1 && !isPartial) {
          const half = Math.ceil(batch.length / 2);
          await pause(backoffMs(pauses));
          await run(batch.slice(0, half), progress);
          await run(batch.slice(half), progress);
          return;
        }
        if (!(mapping.bisects && isPartial)) progress = { ...progress, failures: progress.failures + 1 };
        if (progress.failures > mostRetries) return giveUp(batch, 'RetryAttemptsExhausted', progress);
      }
      await pause(backoffMs(pauses));
    }
  }

  return (batch) => run(batch, begin);
}

const backoffMs = (pauses: number): number => Math.min(BACKOFF_MS.first * 2 ** pauses, BACKOFF_MS.most);
