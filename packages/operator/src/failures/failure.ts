import * as z from 'zod/mini';
import type { FailureMessage } from './failure-queue.ts';

const requestContext = z.object({
  requestId: z.optional(z.string()),
  condition: z.string(),
  approximateInvokeCount: z.optional(z.number()),
});

/**
 * What Lambda puts into the queue for an asynchronous invocation of the deliverer that it gave up: with the event.
 * @see "Capturing records of Lambda asynchronous invocations", AWS Lambda Developer Guide
 */
const deliveryRecord = z.object({
  timestamp: z.string(),
  requestContext,
  requestPayload: z.looseObject({ task: z.string() }),
  responsePayload: z.optional(z.nullable(z.unknown())),
});

/**
 * What Lambda puts into the queue for changes that the notifier did not process: where they are in the stream.
 * @see "Retain discarded records for a DynamoDB event source in Lambda", AWS Lambda Developer Guide
 */
const changesRecord = z.object({
  timestamp: z.string(),
  requestContext,
  DDBStreamBatchInfo: z.object({
    shardId: z.string(),
    startSequenceNumber: z.string().check(z.regex(/^\d+$/)),
    endSequenceNumber: z.string().check(z.regex(/^\d+$/)),
    approximateArrivalOfFirstRecord: z.string(),
    approximateArrivalOfLastRecord: z.string(),
    batchSize: z.number(),
    streamArn: z.string(),
  }),
});

export type StreamBatch = z.infer<typeof changesRecord>['DDBStreamBatchInfo'];
export type DeliveryPayload = z.infer<typeof deliveryRecord>['requestPayload'];
export type QueueName = 'deliveries' | 'changes';

/** One message of a failure queue, understood. */
export interface Failure {
  readonly id: string;
  readonly queue: QueueName;
  readonly failedAtMs: number;
  /** Why Lambda gave up, and how often it had tried. */
  readonly condition: string;
  readonly attempts: number | undefined;
  /** What the function said at last. */
  readonly error: string | undefined;
  readonly what:
    | { readonly kind: 'delivery'; readonly payload: DeliveryPayload }
    | { readonly kind: 'changes'; readonly batch: StreamBatch }
    | { readonly kind: 'unreadable' };
  readonly message: FailureMessage;
}

/** Reads a message of a failure queue; one that Lambda did not write is `unreadable`. */
export function readFailure(queue: QueueName, message: FailureMessage): Failure {
  const json = parseJson(message.body);
  const delivery = deliveryRecord.safeParse(json);
  const changes = changesRecord.safeParse(json);
  const record = delivery.data ?? changes.data;
  const failedAtMs = Date.parse(record?.timestamp ?? '');
  return {
    id: message.id,
    queue,
    failedAtMs: Number.isNaN(failedAtMs) ? message.sentAtMs : failedAtMs,
    condition: record?.requestContext.condition ?? 'unknown',
    attempts: record?.requestContext.approximateInvokeCount,
    error: errorOf(delivery.data?.responsePayload),
    what: delivery.success
      ? { kind: 'delivery', payload: delivery.data.requestPayload }
      : changes.success
        ? { kind: 'changes', batch: changes.data.DDBStreamBatchInfo }
        : { kind: 'unreadable' },
    message,
  };
}

/** Says what a function failed with: `TypeError: …`, without its stack. */
export function errorOf(payload: unknown): string | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { errorType, errorMessage } = payload as { errorType?: unknown; errorMessage?: unknown };
  const parts = [errorType, errorMessage].filter((part) => typeof part === 'string' && part !== '');
  return parts.length === 0 ? undefined : parts.join(': ').split('\n')[0];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
