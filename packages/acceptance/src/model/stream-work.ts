import type { EventSourceNews, LocalStack } from '@sessions/local';

/** Which of the two mappings: the session itself, or its places, which are collected for a second. */
export type Part = 'session' | 'places';

const PLACES = 'places#';

interface Records {
  readonly Records: readonly {
    readonly dynamodb: { readonly SequenceNumber: string; readonly Keys: { readonly part: { readonly S: string } } };
  }[];
}

interface Shard {
  readonly StreamArn: string;
  readonly ShardId: string;
  /** The last record that was read. */
  after: string | undefined;
}

/**
 * What the service still has to do with the stream of the sessions table: the records that were written, read from the
 * stream itself, less those that the mappings have dealt with.
 */
export class StreamWork {
  readonly #dynamoDb: LocalStack['dynamoDb'];
  readonly #table: string;
  readonly #written = { session: 0, places: 0 };
  readonly #done = { session: 0, places: 0 };
  #shards: Shard[] | undefined;

  constructor({ dynamoDb }: Pick<LocalStack, 'dynamoDb'>, table: string) {
    this.#dynamoDb = dynamoDb;
    this.#table = table;
  }

  note({ kind, mapping, records }: EventSourceNews): void {
    if (kind !== 'delivered' && kind !== 'discarded') return;
    this.#done[mapping.includes('place-changes') ? 'places' : 'session'] += records;
  }

  async isDone(part: Part): Promise<boolean> {
    await this.#read();
    return this.#done[part] >= this.#written[part];
  }

  left(): string {
    const of = (part: Part) => `${part}: ${this.#written[part]} - ${this.#done[part]}`;
    return `${of('session')}, ${of('places')}`;
  }

  async #read(): Promise<void> {
    this.#shards ??= await this.#open();
    for (const shard of this.#shards) {
      const { Records } = (await this.#dynamoDb.call('GetRecords', {
        ShardIterator: await this.#iteratorOf(shard),
      })) as unknown as Records;
      for (const { dynamodb } of Records) {
        const { S: part } = dynamodb.Keys.part;
        if (part === 'session') this.#written.session++;
        else if (part.startsWith(PLACES)) this.#written.places++;
        shard.after = dynamodb.SequenceNumber;
      }
    }
  }

  /** A new one each time: an iterator lives for a quarter of an hour, which is one long wait of a sequence. */
  async #iteratorOf({ after, ...shard }: Shard): Promise<string> {
    const open = async (place: object) =>
      String((await this.#dynamoDb.call('GetShardIterator', { ...shard, ...place })).ShardIterator);
    const fromOldest = () => open({ ShardIteratorType: 'TRIM_HORIZON' });
    if (after === undefined) return fromOldest();
    // After a day the record is gone, and whatever is left came later.
    return open({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after }).catch(fromOldest);
  }

  async #open(): Promise<Shard[]> {
    const { Streams } = (await this.#dynamoDb.call('ListStreams', { TableName: this.#table })) as {
      Streams: { StreamArn: string }[];
    };
    const StreamArn = String(Streams[0]?.StreamArn);
    const { StreamDescription } = (await this.#dynamoDb.call('DescribeStream', { StreamArn })) as {
      StreamDescription: { Shards: { ShardId: string }[] };
    };
    return StreamDescription.Shards.map(({ ShardId }) => ({ StreamArn, ShardId, after: undefined }));
  }
}
