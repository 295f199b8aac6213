import middy from '@middy/core';
import { parseSessionImages } from '@sessions/core/dynamodb';
import { describeError, logFailures, type Telemetry, withInvocationScope } from '@sessions/core/lambda';
import type { NotifyChanges } from '@sessions/core/sessions';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';

export interface NotifierDeps {
  readonly telemetry: Telemetry;
  readonly notifyChanges: NotifyChanges;
}

/** Changes of the sessions table, from its stream, in batches. What fails is handed in again, from the first failure on. */
export const createHandler = ({ telemetry, notifyChanges }: NotifierDeps) =>
  middy<DynamoDBStreamEvent, DynamoDBBatchResponse>()
    .use(withInvocationScope(telemetry))
    .use(logFailures(telemetry))
    .handler(async ({ Records }) => {
      const changes = Records.map((record) => ({
        sequenceNumber: record.dynamodb?.SequenceNumber ?? '',
        change: parseSessionImages(record),
      }));
      const failed = await notifyChanges(changes, (error) =>
        telemetry.logger.error('Changes could not be handed over', { error: describeError(error) }),
      );
      return { batchItemFailures: failed === undefined ? [] : [{ itemIdentifier: failed }] };
    });
