import type { Clock } from '../clock.ts';
import type { Database } from '../dynamodb/engine/database.ts';
import { SHARDS, type Stream } from '../dynamodb/engine/streams/stream.ts';
import { parsePattern } from '../event-pattern/matches-pattern.ts';
import type { ExecutionOutcome } from '../lambda/execution.ts';
import { StackResourceError } from '../stack/errors.ts';
import type { EventSourceMapping, LambdaFunction } from '../stack/model.ts';
import { type BatchNews, createBatchRun } from './batch-run.ts';
import { discardMessage } from './discard-message.ts';
import { ShardReader } from './shard-reader.ts';

/** What has happened to records of an event source mapping. */
export interface EventSourceNews extends Omit<BatchNews, 'kind'> {
  /**
   * `discarded`: given up. `sent`: the on-failure destination was told of that; `notSent`: it could not be. `unreadable`:
   * the function's role may not read the stream any more, and nothing is delivered until it may.
   */
  readonly kind: BatchNews['kind'] | 'sent' | 'notSent' | 'unreadable';
  /** Where the mapping stands in the stack. */
  readonly mapping: string;
  readonly functionName: string;
  readonly table: string;
}

export interface EventSourcesOptions {
  readonly mappings: readonly EventSourceMapping[];
  readonly functions: readonly LambdaFunction[];
  readonly database: Database;
  readonly clock: Clock;
  /** Why the function's role may not do it; undefined: it may. */
  readonly refusal: (fn: LambdaFunction, action: string, resource: string) => string | undefined;
  readonly invoke: (
    batch: { fn: LambdaFunction; table: string; records: number },
    payloadJson: string,
    requestId: string,
  ) => Promise<ExecutionOutcome>;
  /** @throws {Error} there is no such queue */
  readonly send: (queueArn: string, body: string) => void;
  readonly onNews?: (news: EventSourceNews) => void;
  readonly onError: (error: unknown) => void;
}

export interface EventSources {
  /** What runs belongs to the Lambda runtime; its end changes nothing any more. May be called twice. */
  stop(): void;
}

const READ_ACTIONS = ['GetRecords', 'GetShardIterator', 'DescribeStream', 'ListStreams'] as const;

/**
 * Starts the event source mappings of a stack.
 * @throws {StackResourceError} the role of a function may not read its stream, or not write to its queue
 */
export function startEventSources(options: EventSourcesOptions): EventSources {
  const { mappings, functions, database } = options;
  const stops: (() => void)[] = [];
  for (const mapping of mappings) {
    const fn = functions.find(({ arn }) => arn === mapping.functionArn);
    const stream = database.streams.get(mapping.tableName);
    if (!fn || !stream) throw new StackResourceError(mapping.address, `there is no ${mapping.streamArn} to read`);
    requireAccess(mapping, fn, options);
    stops.push(startMapping(mapping, { fn, stream }, options));
  }
  return {
    stop() {
      for (const stop of stops.splice(0)) stop();
    },
  };
}

/** As the call that would create it refuses. @see `CreateEventSourceMapping`, AWS Lambda API Reference */
function requireAccess(
  { address, streamArn, onFailureArn }: EventSourceMapping,
  fn: LambdaFunction,
  { refusal }: EventSourcesOptions,
): void {
  const missing = READ_ACTIONS.filter((action) => refusal(fn, `dynamodb:${action}`, streamArn) !== undefined);
  if (missing.length > 0) {
    throw new StackResourceError(
      address,
      `the role ${fn.role.name} cannot read ${streamArn}: allow it ${missing.map((action) => `dynamodb:${action}`).join(', ')}`,
    );
  }
  if (onFailureArn !== undefined && refusal(fn, 'sqs:SendMessage', onFailureArn) !== undefined) {
    throw new StackResourceError(
      address,
      `the role ${fn.role.name} cannot send to ${onFailureArn}: allow it sqs:SendMessage`,
    );
  }
}

function startMapping(
  mapping: EventSourceMapping,
  { fn, stream }: { fn: LambdaFunction; stream: Stream },
  { database, clock, refusal, invoke, send, onNews, onError }: EventSourcesOptions,
): () => void {
  let isStopped = false;
  let wasReadable = true;
  const cancels = new Map<() => void, () => void>();
  const nowMs = () => clock.nowMs();
  const setTimer = (callback: () => void, delayMs: number): (() => void) => {
    const fire = () => {
      cancels.delete(fire);
      callback();
    };
    const cancel = clock.setTimer(fire, delayMs);
    cancels.set(fire, cancel);
    return () => {
      cancels.delete(fire);
      cancel();
    };
  };
  const pause = (delayMs: number): Promise<void> =>
    new Promise((resolve) => {
      if (isStopped) resolve();
      else setTimer(resolve, delayMs);
    });
  const tell = (news: Omit<EventSourceNews, 'mapping' | 'functionName' | 'table'>): void =>
    onNews?.({ mapping: mapping.address, functionName: fn.name, table: mapping.tableName, ...news });

  const mayRead = (): boolean => {
    const reason =
      refusal(fn, 'dynamodb:GetShardIterator', stream.arn) ?? refusal(fn, 'dynamodb:GetRecords', stream.arn);
    if (reason !== undefined && wasReadable) tell({ kind: 'unreadable', records: 0, reason, attempt: 0 });
    wasReadable = reason === undefined;
    return wasReadable;
  };
  const patterns = mapping.filters.map((filter) => parsePattern(filter));

  const readers = Array.from({ length: SHARDS }, (_, shard) => {
    const reader = `event-source-mapping/${mapping.id}/${shard}`;
    const save = (sequence: number): void => {
      if (isStopped) return;
      try {
        database.setPosition(reader, String(sequence));
      } catch (error) {
        onError(error);
      }
    };
    const saved = database.position(reader);
    const position = Number(saved ?? (mapping.startingPosition === 'LATEST' ? (stream.latest(shard) ?? 0) : 0));
    // LATEST is the moment when the mapping came to be, not that of a later start.
    if (saved === undefined) save(position);
    return new ShardReader({
      ...{ stream, shard, position, patterns, setTimer, nowMs, mayRead, savePosition: save },
      batchSize: mapping.batchSize,
      batchingWindowMs: mapping.batchingWindowSeconds * 1000,
      parallelization: mapping.parallelization,
      createRun: (onDone) =>
        createBatchRun({
          ...{ mapping, shard, nowMs, pause, onDone, onNews: tell },
          isStopped: () => isStopped,
          invoke: (payloadJson, requestId, records) =>
            invoke({ fn, table: mapping.tableName, records }, payloadJson, requestId),
          discard: async (discard) => {
            const { onFailureArn, functionArn, streamArn } = mapping;
            if (onFailureArn === undefined || isStopped) return;
            const about = { records: discard.records.length, attempt: discard.invocations };
            const reason = refusal(fn, 'sqs:SendMessage', onFailureArn);
            if (reason !== undefined) return tell({ kind: 'notSent', reason, ...about });
            send(onFailureArn, JSON.stringify(discardMessage(discard, { functionArn, streamArn, nowMs: nowMs() })));
            tell({ kind: 'sent', reason: discard.reason, ...about });
          },
        }),
    });
  });
  const pumps = new Set<ShardReader>();
  // Not while the write goes on: its answer does not wait for this.
  const unwatch = stream.watch((shard) => {
    const reader = readers[shard];
    if (!reader || pumps.has(reader)) return;
    pumps.add(reader);
    setImmediate(() => {
      pumps.delete(reader);
      if (!isStopped) reader.pump();
    });
  });
  for (const reader of readers) reader.pump();
  return () => {
    isStopped = true;
    unwatch();
    for (const cancel of cancels.values()) cancel();
    cancels.clear();
  };
}
