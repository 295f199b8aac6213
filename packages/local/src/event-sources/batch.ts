import type { KeptRecord } from '../dynamodb/engine/streams/stream.ts';

/** Of the payload of an invocation, bytes. @see "Lambda quotas", AWS Lambda Developer Guide */
const MAX_PAYLOAD_BYTES = 6_291_456;
const ENVELOPE_BYTES = '{"Records":[]}'.length;

/** A record on its way to a function, with the JSON that the function gets. */
export interface QueuedRecord {
  readonly kept: KeptRecord;
  readonly json: string;
  /** Since when it can be read: its batching window begins then. */
  readonly readableAtMs: number;
}

export function queued(kept: KeptRecord, eventSourceARN: string, readableAtMs: number): QueuedRecord {
  return { kept, json: JSON.stringify({ ...kept.record, eventSourceARN }), readableAtMs };
}

export const payloadOf = (records: readonly QueuedRecord[]): string =>
  `{"Records":[${records.map(({ json }) => json).join(',')}]}`;

/** How many records from the front make one batch: the batch size, or what an invocation can carry. */
export function batchLength(records: readonly QueuedRecord[], batchSize: number): number {
  let bytes = ENVELOPE_BYTES;
  let length = 0;
  for (const { json } of records) {
    bytes += Buffer.byteLength(json) + 1;
    if (length === batchSize || (length > 0 && bytes > MAX_PAYLOAD_BYTES)) break;
    length += 1;
  }
  return length;
}

/** Whether what is queued fills a batch, so that it waits no longer for more. */
export function isFull(records: readonly QueuedRecord[], batchSize: number): boolean {
  return records.length >= batchSize || batchLength(records, batchSize) < records.length;
}
