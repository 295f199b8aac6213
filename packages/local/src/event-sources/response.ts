import type { QueuedRecord } from './batch.ts';

/** What a function with `ReportBatchItemFailures` has said of a batch: how many from the front are done. */
export type Verdict = { readonly kind: 'success' } | { readonly kind: 'failedFrom'; readonly index: number };

const success: Verdict = { kind: 'success' };
const failure: Verdict = { kind: 'failedFrom', index: 0 };

/**
 * Reads a partial batch response: the lowest sequence number that it names is where the batch failed.
 * @see "Configuring partial batch response with DynamoDB and Lambda", AWS Lambda Developer Guide
 */
export function readResponse(payloadJson: string, batch: readonly QueuedRecord[]): Verdict {
  const response: unknown = JSON.parse(payloadJson);
  if (response === null) return success;
  // A text, a number, … is no such response; AWS names none of them as a failure but an empty identifier.
  if (typeof response !== 'object' || Array.isArray(response)) return success;
  const { batchItemFailures } = response as { batchItemFailures?: unknown };
  if (batchItemFailures === undefined || batchItemFailures === null) return success;
  if (!Array.isArray(batchItemFailures)) return failure;
  if (batchItemFailures.length === 0) return success;
  let lowest = batch.length;
  for (const item of batchItemFailures) {
    const identifier: unknown = (item as { itemIdentifier?: unknown } | null)?.itemIdentifier;
    const index = batch.findIndex(({ kept }) => kept.record.dynamodb.SequenceNumber === identifier);
    // An empty, missing or unknown one: nothing can be told, so all of the batch has failed.
    if (index < 0) return failure;
    lowest = Math.min(lowest, index);
  }
  return { kind: 'failedFrom', index: lowest };
}
