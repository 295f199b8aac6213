import type { Clock } from '../../../src/clock.ts';
import { Engine } from '../../../src/dynamodb/engine/engine.ts';
import { DynamoDbError } from '../../../src/dynamodb/engine/errors.ts';

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  #nowMs = 1_790_000_000_000;
  #timers: { atMs: number; callback: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  setTimer(callback: () => void, delayMs: number): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  advance(ms: number): void {
    this.#nowMs += ms;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#timers = this.#timers.filter((timer) => !due.includes(timer));
    for (const { callback } of due) callback();
  }
}

/** An engine in memory with one table `items`: by `id`, a stream of both images, and an index by `tag`. */
export async function setUp() {
  const clock = new ManualClock();
  const engine = new Engine({ clock, region: 'us-east-1', accountId: '000000000000' });
  await engine.call('CreateTable', {
    TableName: 'items',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'id', AttributeType: 'S' },
      { AttributeName: 'tag', AttributeType: 'S' },
    ],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-tag',
        KeySchema: [{ AttributeName: 'tag', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  });
  const call = (operation: string, input: object) => engine.call(operation, input);
  const put = (id: string, more: object = {}) =>
    call('PutItem', { TableName: 'items', Item: { id: { S: id }, ...more } });
  const get = async (id: string) => (await call('GetItem', { TableName: 'items', Key: { id: { S: id } } })).Item;
  const transact = (actions: readonly object[], more: object = {}) =>
    call('TransactWriteItems', { TransactItems: actions, ...more });
  const streams = (operation: string, input: object) => engine.call(operation, input, 'DynamoDBStreams_20120810');
  return { clock, engine, call, put, get, transact, streams };
}

/** Returns what a call is refused with. */
export async function refusal(call: Promise<unknown>): Promise<DynamoDbError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof DynamoDbError) return error;
    throw error;
  }
  throw new Error('It was not refused');
}
