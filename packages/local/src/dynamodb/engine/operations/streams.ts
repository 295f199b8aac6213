import type { Database } from '../database.ts';
import { DynamoDbError, tableNotFound, validationError } from '../errors.ts';
import { SHARDS, type Stream, sequenceNumber, sequenceOf, shardId } from '../streams/stream.ts';
import { constraint, type Input, optionalInteger, optionalString, optionalWord, tableName } from './input.ts';
import { describe } from './tables.ts';

/** @see `GetRecords`, DynamoDB Streams API Reference */
const MAX_RECORDS = 1000;
const ITERATOR_LIFE_MS = 15 * 60 * 1000;

/** Where a reader is, handed to it as an opaque text. */
interface Iterator {
  readonly arn: string;
  readonly shard: number;
  readonly after: number;
  readonly atMs: number;
}

export function listStreams(db: Database, input: Input): object {
  const name = input.TableName === undefined ? undefined : tableName(input);
  const Streams = [...db.streams.values()]
    .filter(({ tableName: each }) => name === undefined || each === name)
    .map(({ arn, tableName: TableName, schema: { label } }) => ({ StreamArn: arn, StreamLabel: label, TableName }));
  return { Streams };
}

export function describeStream(db: Database, input: Input): object {
  const stream = streamOf(db, input);
  const nowMs = db.clock.nowMs();
  const { KeySchema } = describe(db, db.table(stream.tableName)) as { KeySchema: object };
  return {
    StreamDescription: {
      StreamArn: stream.arn,
      StreamLabel: stream.schema.label,
      StreamStatus: 'ENABLED',
      StreamViewType: stream.schema.viewType,
      CreationRequestDateTime: Date.parse(`${stream.schema.label}Z`) / 1000,
      TableName: stream.tableName,
      KeySchema,
      Shards: Array.from({ length: SHARDS }, (_, shard) => ({
        ShardId: shardId(shard),
        SequenceNumberRange: { StartingSequenceNumber: sequenceNumber(stream.oldest(shard, nowMs) ?? 0) },
      })),
    },
  };
}

export function getShardIterator(db: Database, input: Input): object {
  const stream = streamOf(db, input);
  const id = optionalString(input, 'ShardId');
  const shard = Array.from({ length: SHARDS }, (_, at) => shardId(at)).indexOf(id ?? '');
  if (shard < 0) throw tableNotFound('Requested resource not found: Shard does not exist');
  const type = optionalWord(input, 'ShardIteratorType', [
    'AFTER_SEQUENCE_NUMBER',
    'LATEST',
    'AT_SEQUENCE_NUMBER',
    'TRIM_HORIZON',
  ] as const);
  if (type === undefined) throw constraint(undefined, 'ShardIteratorType', 'Member must not be null');
  const nowMs = db.clock.nowMs();
  let after = 0;
  if (type === 'LATEST') after = stream.latest(shard) ?? 0;
  if (type === 'AFTER_SEQUENCE_NUMBER' || type === 'AT_SEQUENCE_NUMBER') {
    const number = optionalString(input, 'SequenceNumber');
    if (number === undefined) {
      throw validationError(`SequenceNumber must be specified for ShardIteratorType ${type}`);
    }
    after = sequenceOf(number) - (type === 'AT_SEQUENCE_NUMBER' ? 1 : 0);
    if (stream.isTrimmed(shard, after)) throw trimmed();
  }
  return { ShardIterator: encode({ arn: stream.arn, shard, after, atMs: nowMs }) };
}

export function getRecords(db: Database, input: Input): object {
  const limit = optionalInteger(input, 'Limit', { least: 1, most: MAX_RECORDS }) ?? MAX_RECORDS;
  const { arn, shard, after, atMs } = decode(optionalString(input, 'ShardIterator'));
  const nowMs = db.clock.nowMs();
  if (nowMs - atMs > ITERATOR_LIFE_MS) {
    throw new DynamoDbError('ExpiredIteratorException', 'The shard iterator has expired: get another');
  }
  const stream = streamOf(db, { StreamArn: arn });
  if (stream.isTrimmed(shard, after)) throw trimmed();
  const records = stream.readable(shard, after, limit, nowMs);
  return {
    Records: records.map(({ record: { eventSource: _, ...record } }) => ({ ...record, eventSource: 'aws:dynamodb' })),
    NextShardIterator: encode({ arn, shard, after: records.at(-1)?.sequence ?? after, atMs: nowMs }),
  };
}

function streamOf(db: Database, input: Input): Stream {
  const arn = optionalString(input, 'StreamArn');
  if (arn === undefined) throw constraint(undefined, 'StreamArn', 'Member must not be null');
  const stream = [...db.streams.values()].find((each) => each.arn === arn);
  if (!stream) throw tableNotFound(`Requested resource not found: Stream: ${arn} not found`);
  return stream;
}

/** Returns the ARN of the stream that an iterator is of; undefined: it is none. */
export function streamOfIterator(iterator: unknown): string | undefined {
  if (typeof iterator !== 'string') return undefined;
  try {
    return decode(iterator).arn;
  } catch {
    return undefined;
  }
}

const trimmed = () =>
  new DynamoDbError('TrimmedDataAccessException', 'The data that you are trying to access has been trimmed');

const encode = (iterator: Iterator): string => Buffer.from(JSON.stringify(iterator)).toString('base64url');

function decode(text: string | undefined): Iterator {
  try {
    const { arn, shard, after, atMs } = JSON.parse(Buffer.from(text ?? '', 'base64url').toString()) as Iterator;
    if (typeof arn === 'string' && Number.isInteger(shard) && Number.isInteger(after) && Number.isFinite(atMs)) {
      return { arn, shard, after, atMs };
    }
  } catch {} // said below
  throw validationError('Invalid ShardIterator');
}
