import { batchLength, isFull, type QueuedRecord } from './batch.ts';
import type { BatchRun } from './batch-run.ts';

export interface LaneOptions {
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
  readonly nowMs: () => number;
  /** Never rejects. */
  readonly run: BatchRun;
}

/** One batch after the other, in order: the records of some of a shard's keys. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #queue: QueuedRecord[] = [];
  #isRunning = false;
  #cancelTimer: (() => void) | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  push(record: QueuedRecord): void {
    this.#queue.push(record);
  }

  /** Takes the next batch, if there is one that waits for no more records. */
  next(): void {
    const [first] = this.#queue;
    if (this.#isRunning || first === undefined) return;
    const { batchSize, batchingWindowMs, nowMs, setTimer, run } = this.#options;
    const waitMs = first.readableAtMs + batchingWindowMs - nowMs();
    if (waitMs > 0 && !isFull(this.#queue, batchSize)) {
      this.#cancelTimer ??= setTimer(() => {
        this.#cancelTimer = undefined;
        this.next();
      }, waitMs);
      return;
    }
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const batch = this.#queue.splice(0, batchLength(this.#queue, batchSize));
    this.#isRunning = true;
    void run(batch).then(() => {
      this.#isRunning = false;
      this.next();
    });
  }
}
