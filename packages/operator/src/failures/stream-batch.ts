import {
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import { OperatorError } from '../errors.ts';
import type { StreamBatch } from './failure.ts';

/** A shard that is still written to has answers without records between those with some. */
const MAX_EMPTY_ANSWERS = 20;

/** A record as Lambda hands it to a function. */
export interface LambdaRecord {
  readonly eventID?: string;
  readonly dynamodb?: { readonly Keys?: Readonly<Record<string, { readonly S?: string }>> };
}

/**
 * Reads the changes of a batch from the stream, where they stay for 24 hours.
 * @throws {OperatorError} they are not there any more
 */
export async function readBatch(
  { streamArn, shardId, startSequenceNumber, endSequenceNumber, batchSize }: StreamBatch,
  client = new DynamoDBStreamsClient({ maxAttempts: 3 }),
): Promise<LambdaRecord[]> {
  const last = BigInt(endSequenceNumber);
  const records: StreamRecord[] = [];
  let iterator = await orGone(async () => {
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({
        StreamArn: streamArn,
        ShardId: shardId,
        ShardIteratorType: 'AT_SEQUENCE_NUMBER',
        SequenceNumber: startSequenceNumber,
      }),
    );
    return ShardIterator;
  });
  for (let empty = 0; iterator !== undefined && empty < MAX_EMPTY_ANSWERS; ) {
    const ShardIterator: string = iterator;
    const { Records = [], NextShardIterator } = await orGone(() =>
      client.send(new GetRecordsCommand({ ShardIterator })),
    );
    if (Records.length === 0) empty++;
    const wanted = Records.filter(({ dynamodb }) => BigInt(dynamodb?.SequenceNumber ?? 0) <= last);
    records.push(...wanted);
    const isDone = Records.some(({ dynamodb }) => BigInt(dynamodb?.SequenceNumber ?? 0) >= last);
    iterator = isDone ? undefined : NextShardIterator;
  }
  // The mapping's filter has left out what lies between, so there may be more, and never fewer.
  if (records.length < batchSize) throw gone();
  return records.map((record) => ({ ...asLambdaHandsIt(record), eventSourceARN: streamArn }));
}

function asLambdaHandsIt({ dynamodb, ...record }: StreamRecord): LambdaRecord {
  const { ApproximateCreationDateTime: at, ...rest } = dynamodb ?? {};
  return {
    ...record,
    dynamodb: { ...rest, ...(at && { ApproximateCreationDateTime: at.getTime() / 1000 }) },
  } as LambdaRecord;
}

async function orGone<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const isGone = error instanceof Error && /TrimmedDataAccess|ResourceNotFound|ExpiredIterator/.test(error.name);
    throw isGone ? gone() : error;
  }
}

const gone = (): OperatorError =>
  new OperatorError(
    'these changes are not in the stream any more, which keeps them for 24 hours. Ends were finished by the sweeper, and clients have learned states from heartbeats; lifecycle events of these changes are lost. Delete it (npm run failures -- delete)',
  );
