import type { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table/index.js';
import { LambdaEventSourceMapping } from '@cdktf/provider-aws/lib/lambda-event-source-mapping/index.js';
import { Construct } from 'constructs';
import type { FailureQueue } from './failure-queue.ts';
import type { LambdaFunction } from './lambda-function.ts';
import { replacedWith } from './lifecycles.ts';
import { refuseOutside } from './refuse-outside.ts';

/** Which records of a stream a function gets, how many at once, and for how long Lambda retries those that fail. */
export interface StreamBatches {
  /** Values of the key `part`, or their beginnings: a record with another is never handed over. */
  readonly parts: readonly (string | { readonly prefix: string })[];
  /** Records at most, 1 to 10,000. */
  readonly batchSize: number;
  /** How long records are gathered for a batch, 0 to 300. */
  readonly windowSeconds: number;
  /** Batches at once of one shard of the stream, 1 to 10; those of one item stay in order. */
  readonly parallelization: number;
  /** Attempts after the first, 0 to 10,000. */
  readonly maximumRetries: number;
  /** 60 to 604,800; a stream keeps a record for 86,400. */
  readonly maximumAgeSeconds: number;
}

export interface StreamMappingProps extends StreamBatches {
  readonly table: DynamodbTable;
  readonly handler: LambdaFunction;
  /** Gets the position in the stream of what is given up, not the records themselves. */
  readonly failures: FailureQueue;
}

/**
 * Hands the changes of a table to a Lambda. A function that says which record failed gets the batch again from there on;
 * one that throws gets halves of it. Reading begins with the oldest record, so that a change made while the mapping was
 * being made, or remade, is not missed.
 */
export class StreamMapping extends Construct {
  readonly mapping: LambdaEventSourceMapping;

  constructor(scope: Construct, id: string, props: StreamMappingProps) {
    super(scope, id);
    const { table, handler, failures, parts, batchSize, windowSeconds, parallelization } = props;
    const { path } = this.node;
    refuseOutside(path, 'batchSize', batchSize, 1, 10_000);
    refuseOutside(path, 'windowSeconds', windowSeconds, 0, 300);
    refuseOutside(path, 'parallelization', parallelization, 1, 10);
    refuseOutside(path, 'maximumRetries', props.maximumRetries, 0, 10_000);
    refuseOutside(path, 'maximumAgeSeconds', props.maximumAgeSeconds, 60, 604_800);
    this.mapping = new LambdaEventSourceMapping(this, 'mapping', {
      eventSourceArn: table.streamArn,
      functionName: handler.function.functionName,
      startingPosition: 'TRIM_HORIZON',
      batchSize,
      maximumBatchingWindowInSeconds: windowSeconds,
      parallelizationFactor: parallelization,
      functionResponseTypes: ['ReportBatchItemFailures'],
      bisectBatchOnFunctionError: true,
      maximumRetryAttempts: props.maximumRetries,
      maximumRecordAgeInSeconds: props.maximumAgeSeconds,
      filterCriteria: { filter: [{ pattern: JSON.stringify({ dynamodb: { Keys: { part: { S: parts } } } }) }] },
      destinationConfig: { onFailure: { destinationArn: failures.arn } },
      // Lambda tries to read the stream, and asks whether it may send to the queue, before it makes the mapping.
      dependsOn: [handler.policy, handler.encryption.policy],
      // A mapping outlives its function, and stands still then.
      lifecycle: replacedWith(handler.function),
    });
  }
}
