import { shardId } from '../dynamodb/engine/streams/stream.ts';
import type { QueuedRecord } from './batch.ts';

export type DiscardReason = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

/** How the last invocation with a batch went; absent: it never ran. */
export interface LastAttempt {
  readonly requestId: string;
  /** Absent: Lambda did not run the function. */
  readonly functionError?: 'Unhandled';
}

export interface Discard {
  readonly reason: DiscardReason;
  readonly records: readonly QueuedRecord[];
  readonly shard: number;
  readonly invocations: number;
  readonly last?: LastAttempt | undefined;
}

/**
 * Writes what the on-failure destination gets of a batch that was given up: where its records are, not the records.
 * @see "Retain discarded records for a DynamoDB event source in Lambda", AWS Lambda Developer Guide
 */
export function discardMessage(
  { reason, records, shard, invocations, last }: Discard,
  { functionArn, streamArn, nowMs }: { functionArn: string; streamArn: string; nowMs: number },
): object {
  const [first] = records as [QueuedRecord];
  const final = records.at(-1) as QueuedRecord;
  return {
    requestContext: {
      requestId: last?.requestId ?? '',
      functionArn,
      condition: reason,
      approximateInvokeCount: invocations,
    },
    ...(last && {
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        functionError: last.functionError ?? null,
      },
    }),
    version: '1.0',
    timestamp: new Date(nowMs).toISOString(),
    DDBStreamBatchInfo: {
      shardId: shardId(shard),
      startSequenceNumber: first.kept.record.dynamodb.SequenceNumber,
      endSequenceNumber: final.kept.record.dynamodb.SequenceNumber,
      approximateArrivalOfFirstRecord: seconds(first.kept.atMs),
      approximateArrivalOfLastRecord: seconds(final.kept.atMs),
      batchSize: records.length,
      streamArn,
    },
  };
}

const seconds = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 19)}Z`;
