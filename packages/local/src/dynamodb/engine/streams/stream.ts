import type { Write } from '../store/commit.ts';
import { keyOf, type StreamSchema } from '../store/schema.ts';
import type { Item } from '../values/attribute-value.ts';
import { isEqual } from '../values/order.ts';
import { itemSize } from '../values/size.ts';

/** As many shards as a new on-demand table has partitions; records of one item are always in the same. */
export const SHARDS = 4;
/** @see "Change data capture for DynamoDB Streams", Developer Guide */
const RETENTION_MS = 24 * 3600 * 1000;
/** So many new records of a shard, and the old ones are looked at. */
const TRIM_EVERY = 256;

/** A change, as a stream's reader gets it. */
export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventVersion: '1.1';
  readonly eventSource: 'aws:dynamodb';
  readonly awsRegion: string;
  readonly dynamodb: {
    /** Epoch seconds. */
    readonly ApproximateCreationDateTime: number;
    readonly Keys: Item;
    readonly NewImage?: Item;
    readonly OldImage?: Item;
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: StreamSchema['viewType'];
  };
  readonly userIdentity?: { readonly principalId: string; readonly type: string };
}

/** A record with what orders and ages it. */
export interface KeptRecord {
  readonly sequence: number;
  readonly atMs: number;
  readonly record: StreamRecord;
}

/** Sequence numbers are text with 21 digits, so that they sort as their numbers do. */
export const sequenceNumber = (sequence: number): string => `1${String(sequence).padStart(20, '0')}`;
export const sequenceOf = (text: string): number => Number(text.slice(1));
export const shardId = (shard: number): string => `shardId-${String(shard + 1).padStart(20, '0')}-00000001`;

/** The records of one table's stream, by shard, for a day. */
export class Stream {
  readonly schema: StreamSchema;
  readonly arn: string;
  readonly tableName: string;
  #delayMs = 0;
  readonly #shards: KeptRecord[][] = Array.from({ length: SHARDS }, () => []);
  /** The last record of each shard that is not kept any more. */
  readonly #trimmed: number[] = Array.from({ length: SHARDS }, () => 0);
  /** Called when a shard has a new record. */
  readonly #readers = new Set<(shard: number) => void>();

  constructor(schema: StreamSchema, { tableName, tableArn }: { tableName: string; tableArn: string }) {
    this.schema = schema;
    this.tableName = tableName;
    this.arn = `${tableArn}/stream/${schema.label}`;
  }

  static shardOf(position: number): number {
    return Math.floor(position / (2 ** 32 / SHARDS));
  }

  /** Adds a record to its shard; a record of a shard is later than all before it. */
  add(shard: number, kept: KeptRecord): void {
    const records = this.#shards[shard];
    records?.push(kept);
    // There may never be a reader; and taking out single records would move all others each time.
    if (records && records.length % TRIM_EVERY === 0) this.#trim(shard, kept.atMs);
    for (const notify of this.#readers) notify(shard);
  }

  /** Returns records behind a sequence number, oldest first. */
  read(shard: number, after: number, limit: number, nowMs: number): readonly KeptRecord[] {
    const records = this.#shards[shard] ?? [];
    this.#trim(shard, nowMs);
    let [low, high] = [0, records.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((records[middle] as KeptRecord).sequence > after) high = middle;
      else low = middle + 1;
    }
    return records.slice(low, low + limit);
  }

  /** Returns what a reader gets: records behind a sequence number, oldest first, without those that are delayed. */
  readable(shard: number, after: number, limit: number, nowMs: number): readonly KeptRecord[] {
    const records = this.read(shard, after, limit, nowMs);
    if (this.#delayMs === 0) return records;
    const late = records.findIndex(({ atMs }) => atMs + this.#delayMs > nowMs);
    return late < 0 ? records : records.slice(0, late);
  }

  /** Returns the sequence of the oldest record that is kept; undefined: none is. */
  oldest(shard: number, nowMs: number): number | undefined {
    const records = this.#shards[shard] ?? [];
    this.#trim(shard, nowMs);
    return records[0]?.sequence;
  }

  latest(shard: number): number | undefined {
    return this.#shards[shard]?.at(-1)?.sequence;
  }

  /** How much later than they were written readers get records. */
  get delayMs(): number {
    return this.#delayMs;
  }

  /** Readers look again: there may be more to read now. */
  setDelay(delayMs: number): void {
    if (delayMs === this.#delayMs) return;
    this.#delayMs = delayMs;
    for (let shard = 0; shard < SHARDS; shard++) for (const notify of this.#readers) notify(shard);
  }

  /** Calls a reader for each new record's shard. @returns ends that */
  watch(notify: (shard: number) => void): () => void {
    this.#readers.add(notify);
    return () => this.#readers.delete(notify);
  }

  /** Lists what is kept and came after a sequence. */
  *kept(nowMs: number, after = 0): Generator<{ shard: number; kept: KeptRecord }> {
    for (let shard = 0; shard < SHARDS; shard++) {
      for (const kept of this.read(shard, after, Number.POSITIVE_INFINITY, nowMs)) yield { shard, kept };
    }
  }

  /** Returns whether a record behind a sequence is no longer kept. */
  isTrimmed(shard: number, after: number): boolean {
    return after > 0 && after < (this.#trimmed[shard] ?? 0);
  }

  #trim(shard: number, nowMs: number): void {
    const records = this.#shards[shard] ?? [];
    if (records[0] === undefined || records[0].atMs > nowMs - RETENTION_MS) return;
    const first = records.findIndex(({ atMs }) => atMs > nowMs - RETENTION_MS);
    const gone = records.splice(0, first < 0 ? records.length : first);
    this.#trimmed[shard] = gone.at(-1)?.sequence ?? 0;
  }
}

/** Returns the record of a change; undefined: nothing changed. */
export function recordOf(
  { table, before, after }: Write,
  {
    sequence,
    atMs,
    byTtl,
    region,
    viewType,
  }: {
    sequence: number;
    atMs: number;
    byTtl: boolean;
    region: string;
    viewType: StreamSchema['viewType'];
  },
): StreamRecord | undefined {
  if (!before && !after) return undefined;
  if (before && after && isEqual({ M: before.item }, { M: after.item })) return undefined;
  const Keys = keyOf(table.schema.keys, (after ?? before)?.item as Item);
  const showsNew = viewType === 'NEW_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES';
  const showsOld = viewType === 'OLD_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES';
  const NewImage = showsNew ? after?.item : undefined;
  const OldImage = showsOld ? before?.item : undefined;
  return {
    eventID: sequence.toString(16).padStart(32, '0'),
    eventName: before ? (after ? 'MODIFY' : 'REMOVE') : 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: region,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(atMs / 1000),
      Keys,
      ...(NewImage && { NewImage }),
      ...(OldImage && { OldImage }),
      SequenceNumber: sequenceNumber(sequence),
      SizeBytes: [Keys, NewImage, OldImage].reduce((bytes, item) => bytes + (item ? itemSize(item) : 0), 0),
      StreamViewType: viewType,
    },
    ...(byTtl && { userIdentity: { principalId: 'dynamodb.amazonaws.com', type: 'Service' } }),
  };
}
