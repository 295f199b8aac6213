import { crc32 } from 'node:zlib';
import type { KeptRecord, Stream } from '../dynamodb/engine/streams/stream.ts';
import { matchesPattern, type Pattern } from '../event-pattern/matches-pattern.ts';
import { type QueuedRecord, queued } from './batch.ts';
import type { BatchRun } from './batch-run.ts';
import { Checkpoint } from './checkpoint.ts';
import { Lane, type LaneOptions } from './lane.ts';

/** Of one read. @see `GetRecords`, DynamoDB Streams API Reference */
const MAX_RECORDS = 1000;
/** Read and not done, at most; or what the lanes take at a time, if that is more. */
const MAX_OPEN = 10_000;
/** Until it asks again whether it may read. */
const REFUSED_RETRY_MS = 1000;

export interface ShardReaderOptions extends Pick<LaneOptions, 'batchSize' | 'batchingWindowMs' | 'setTimer' | 'nowMs'> {
  readonly stream: Stream;
  readonly shard: number;
  readonly position: number;
  /** One has to match; none: all do. */
  readonly patterns: readonly Pattern[];
  readonly parallelization: number;
  readonly createRun: (onDone: (records: readonly QueuedRecord[]) => void) => BatchRun;
  readonly savePosition: (sequence: number) => void;
  /** Asked before each read. */
  readonly mayRead: () => boolean;
}

/** Reads a shard, and hands its records to lanes by their items' keys, so that those of one item stay in order. */
export class ShardReader {
  readonly #options: ShardReaderOptions;
  readonly #checkpoint: Checkpoint;
  readonly #lanes: readonly Lane[];
  #open = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(options: ShardReaderOptions) {
    this.#options = options;
    this.#checkpoint = new Checkpoint(options.position);
    const run = options.createRun((records) => this.#done(records));
    this.#lanes = Array.from({ length: options.parallelization }, () => new Lane({ ...options, run }));
  }

  /** Reads what there is to read. */
  pump(): void {
    const { stream, shard, nowMs, mayRead } = this.#options;
    while (this.#open < MAX_OPEN) {
      const records = stream.readable(shard, this.#checkpoint.read, MAX_RECORDS, nowMs());
      if (records.length === 0) break;
      if (!mayRead()) {
        this.#pumpIn(REFUSED_RETRY_MS);
        return;
      }
      for (const record of records) this.#take(record);
      for (const lane of this.#lanes) lane.next();
    }
    this.#save();
    const [late] = this.#open < MAX_OPEN ? stream.read(shard, this.#checkpoint.read, 1, nowMs()) : [];
    if (late) this.#pumpIn(Math.max(1, late.atMs + stream.delayMs - nowMs()));
  }

  #pumpIn(delayMs: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#options.setTimer(() => this.pump(), delayMs);
  }

  #take(kept: KeptRecord): void {
    const { patterns, stream } = this.#options;
    if (patterns.length > 0 && !patterns.some((pattern) => matchesPattern(pattern, kept.record))) {
      this.#checkpoint.skip(kept.sequence);
      return;
    }
    this.#checkpoint.handOut(kept.sequence);
    this.#open += 1;
    const lane = crc32(JSON.stringify(kept.record.dynamodb.Keys)) % this.#lanes.length;
    this.#lanes[lane]?.push(queued(kept, stream.arn, kept.atMs + stream.delayMs));
  }

  #done(records: readonly QueuedRecord[]): void {
    const wasFull = this.#open >= MAX_OPEN;
    this.#open -= records.length;
    for (const { kept } of records) this.#checkpoint.done(kept.sequence);
    this.#save();
    if (wasFull) this.pump();
  }

  #save(): void {
    const position = this.#checkpoint.moved();
    if (position !== undefined) this.#options.savePosition(position);
  }
}
