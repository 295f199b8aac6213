import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { type Clock, systemClock } from '../clock.ts';
import { randomText } from '../random.ts';
import type { LambdaFunction } from '../stack/model.ts';
import { ASYNC_RETRY_DELAYS_MS, createAsyncInvocations, type DroppedEvent } from './async-invocations.ts';
import { environmentOf, type InstanceIdentity } from './environment.ts';
import type { ExecutionOutcome } from './execution.ts';
import { FunctionPool } from './function-pool.ts';
import { Instance } from './instance.ts';
import type { Interest } from './interest.ts';
import type { FunctionInvoker, InvocationOutcome, InvocationSource, RefusalReason } from './invoker.ts';
import { createPackages } from './packages.ts';
import { permitsSource } from './permissions.ts';

/** Largest payload of a synchronous (6 MB) and of an asynchronous (1 MB) invocation, bytes. @see facts page, section 10 */
export const PAYLOAD_LIMIT_BYTES = { sync: 6_291_456, async: 1_048_576 } as const;

/**
 * Events of one function that run or wait, at most; the next one is throttled. AWS counts those of all functions of an
 * account. @see "Lambda quotas", AWS Lambda Developer Guide
 */
const DEFAULT_CONCURRENCY = 1000;

const DEFAULT_MAX_INSTANCES = Math.min(4, Math.max(2, availableParallelism()));

/** One line that a function printed. */
export interface FunctionLogLine {
  readonly functionName: string;
  /** Absent while the bundle loads, and between events. */
  readonly requestId?: string;
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

/** How an attempt ended. An event that was withdrawn was none. */
export type AttemptOutcome = Exclude<ExecutionOutcome, { kind: 'withdrawn' }>;

/** One finished attempt, as Lambda's REPORT line tells it. Durations in milliseconds of the clock. */
export interface InvocationRecord {
  readonly functionName: string;
  readonly requestId: string;
  readonly kind: 'sync' | 'async';
  /** The event, as the function gets it. */
  readonly payloadJson: string;
  /** 1 for the first; only asynchronous events have more. */
  readonly attempt: number;
  readonly outcome: AttemptOutcome;
  /** From acceptance to end, so with waiting for an instance and its cold start. */
  readonly totalMs: number;
}

export interface LambdaRuntimeOptions {
  readonly functions: readonly LambdaFunction[];
  /** What an instance's environment has besides the function's own variables and Lambda's: credentials, region, endpoints. */
  readonly environmentFor?: (fn: LambdaFunction, instance: InstanceIdentity) => Readonly<Record<string, string>>;
  /** Default: the function's `aws_lambda_permission`s, see {@link permitsSource}. */
  readonly authorizeInvoke?: (fn: LambdaFunction, source: InvocationSource) => boolean;
  /** An instance has ended, whatever the reason. */
  readonly onInstanceGone?: (instanceId: string) => void;
  /**
   * Asked once for each instance: whether its log can be written. Returns what to call for each line that is lost;
   * undefined: none is. Default: none is.
   */
  readonly openLog?: (fn: LambdaFunction, instance: InstanceIdentity) => (() => void) | undefined;
  /**
   * Threads of one function at most; more events wait in line. Default: as many as the machine has cores, from 2 (a
   * function may call itself) to 4. Beyond the cores they only take time from one another: on two cores a hundred
   * first connections took 1.9 s with 4 threads a function, and 1.1 s with 2.
   */
  readonly maxInstancesPerFunction?: number;
  /** Of a function that reserves none: events that run or wait, at most; the next one is throttled. Default 1,000, as AWS. */
  readonly concurrency?: number;
  /** Where packages are unzipped. Default: a temporary folder, removed by `stop`. */
  readonly workFolder?: string;
  /** Before each retry of a failed asynchronous event. Default: Lambda's 1 and 2 minutes. */
  readonly asyncRetryDelaysMs?: readonly number[];
  readonly clock?: Clock;
  readonly onLog?: (line: FunctionLogLine) => void;
  readonly onInvocation?: (record: InvocationRecord) => void;
  /** @param last how its last attempt ended; absent: there was none */
  readonly onAsyncDropped?: (event: DroppedEvent, last?: ExecutionOutcome) => void;
}

/** Runs a stack's functions in worker threads. */
export interface LambdaRuntime extends FunctionInvoker {
  /** Unzips every package, so that a missing one is found now and not by the first event. Optional. @throws {PackageError} */
  start(): Promise<void>;
  /** Ends every thread; running and waiting events fail. May be called twice. */
  stop(): Promise<void>;
  /** By name, ARN, partial ARN (`account:function:name`), each with or without `:$LATEST`. */
  find(nameOrArn: string): LambdaFunction | undefined;
  isAllowed(fn: LambdaFunction, source: InvocationSource): boolean;
  /** As `invoke`, but with JSON text in and out, and without any check: for the HTTP API. */
  execute(fn: LambdaFunction, payloadJson: string, requestId: string): Promise<ExecutionOutcome>;
  /** As `invokeAsync`, but with JSON text, and without any check: for the HTTP API. */
  enqueue(fn: LambdaFunction, payloadJson: string, requestId: string): void;
  /** Ends one thread at once; its running event fails as if the instance had died. @returns false: no such instance */
  kill(instanceId: string): boolean;
}

/** @throws nothing: a bad package is found by `start`, or fails the function's invocations as Lambda would */
export function createLambdaRuntime(options: LambdaRuntimeOptions): LambdaRuntime {
  const {
    functions,
    clock = systemClock,
    maxInstancesPerFunction = DEFAULT_MAX_INSTANCES,
    authorizeInvoke = permitsSource,
    concurrency = DEFAULT_CONCURRENCY,
  } = options;
  const packages = createPackages(options.workFolder);
  const byName = new Map(functions.map((fn) => [fn.name, fn]));
  const byArn = new Map(functions.map((fn) => [fn.arn, fn]));
  const pools = new Map(functions.map((fn) => [fn.arn, createPool(fn)]));
  let instances = 0;
  let stopping: Promise<void> | undefined;

  function createPool(fn: LambdaFunction): FunctionPool {
    return new FunctionPool({
      maxInstances: maxInstancesPerFunction,
      concurrency: fn.reservedConcurrency ?? concurrency,
      startInstance: (callbacks) => {
        const identity: InstanceIdentity = {
          instanceId: `${fn.name}#${++instances}`,
          taskRoot: packages.folderOf(fn.packageFile),
          logGroupName: `/aws/lambda/${fn.name}`,
          logStreamName: `${dayOf(clock.nowMs())}/[$LATEST]${randomText(16, 'hex')}`,
        };
        const loseLine = options.openLog?.(fn, identity);
        return new Instance({
          fn,
          identity,
          environment: environmentOf(fn, identity, options.environmentFor?.(fn, identity) ?? {}),
          clock,
          newTraceId: () => newTraceId(clock.nowMs()),
          onLog: (line) => (loseLine ? loseLine() : options.onLog?.({ functionName: fn.name, ...line })),
          ...callbacks,
          onGone: (instance) => {
            callbacks.onGone(instance);
            options.onInstanceGone?.(instance.id);
          },
        });
      },
    });
  }

  function execute(
    fn: LambdaFunction,
    payloadJson: string,
    requestId: string,
    kind: 'sync' | 'async',
    attempt: number,
    interest?: Interest,
  ) {
    return new Promise<ExecutionOutcome>((resolve) => {
      const acceptedAtMs = clock.nowMs();
      const finish = (outcome: ExecutionOutcome) => {
        const totalMs = clock.nowMs() - acceptedAtMs;
        if (outcome.kind !== 'withdrawn') {
          options.onInvocation?.({ functionName: fn.name, requestId, kind, payloadJson, attempt, outcome, totalMs });
        }
        resolve(outcome);
      };
      pools.get(fn.arn)?.submit({ requestId, payloadJson, acceptedAtMs, interest, finish });
    });
  }

  const asyncInvocations = createAsyncInvocations({
    clock,
    retryDelaysMs: options.asyncRetryDelaysMs ?? ASYNC_RETRY_DELAYS_MS,
    execute: ({ fn, payloadJson, requestId }, attempt) => execute(fn, payloadJson, requestId, 'async', attempt),
    onDropped: (event, last) => options.onAsyncDropped?.(event, last),
  });

  const isAllowed = (fn: LambdaFunction, source: InvocationSource) => authorizeInvoke(fn, source);

  return {
    isAllowed,
    async start() {
      for (const { packageFile } of functions) packages.folderOf(packageFile);
    },
    stop() {
      asyncInvocations.stop();
      stopping ??= Promise.all([...pools.values()].map((pool) => pool.stop())).then(() => packages.remove());
      return stopping;
    },
    find(nameOrArn) {
      const plain = nameOrArn.endsWith(':$LATEST') ? nameOrArn.slice(0, -':$LATEST'.length) : nameOrArn;
      return byArn.get(plain) ?? byName.get(plain.slice(plain.lastIndexOf(':') + 1));
    },
    execute: (fn, payloadJson, requestId) => execute(fn, payloadJson, requestId, 'sync', 1),
    enqueue: (fn, payloadJson, requestId) => asyncInvocations.enqueue({ fn, payloadJson, requestId }),
    kill: (instanceId) => [...pools.values()].some((pool) => pool.kill(instanceId)),

    async invoke(functionArn, event, source, interest) {
      const fn = byArn.get(functionArn);
      if (fn === undefined || !isAllowed(fn, source)) return { kind: 'forbidden' };
      const payloadJson = JSON.stringify(event ?? null);
      if (Buffer.byteLength(payloadJson) > PAYLOAD_LIMIT_BYTES.sync) return requestTooLarge;
      return invocationOutcome(await execute(fn, payloadJson, randomUUID(), 'sync', 1, interest));
    },
    invokeAsync(functionArn, event, source) {
      const fn = byArn.get(functionArn);
      const requestId = randomUUID();
      const drop = (reason: RefusalReason): RefusalReason => {
        options.onAsyncDropped?.({ functionName: fn?.name ?? functionArn, requestId, reason, attempts: 0, event });
        return reason;
      };
      if (fn === undefined) return drop('noSuchFunction');
      if (!isAllowed(fn, source)) return drop('forbidden');
      const payloadJson = JSON.stringify(event ?? null);
      if (Buffer.byteLength(payloadJson) > PAYLOAD_LIMIT_BYTES.async) return drop('tooLarge');
      asyncInvocations.enqueue({ fn, payloadJson, requestId });
      return undefined;
    },
  };
}

const requestTooLarge: InvocationOutcome = {
  kind: 'failed',
  error: {
    errorType: 'RequestTooLargeException',
    errorMessage: `Request must be smaller than ${PAYLOAD_LIMIT_BYTES.sync} bytes for the InvokeFunction operation`,
    trace: [],
  },
  durationMs: 0,
};

function invocationOutcome(outcome: ExecutionOutcome): InvocationOutcome {
  switch (outcome.kind) {
    case 'returned':
      return { kind: 'returned', payload: JSON.parse(outcome.payloadJson), durationMs: outcome.run.durationMs };
    case 'failed':
      return { kind: 'failed', error: outcome.error, durationMs: outcome.run.durationMs };
    case 'timedOut':
      return { kind: 'timedOut', timeoutSeconds: outcome.timeoutSeconds, durationMs: outcome.run.durationMs };
    default:
      return outcome;
  }
}

function dayOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '/');
}

/** X-Ray's trace header, not sampled: loggers print its root. */
function newTraceId(nowMs: number): string {
  const root = `1-${Math.floor(nowMs / 1000).toString(16)}-${randomText(12, 'hex')}`;
  return `Root=${root};Parent=${randomText(8, 'hex')};Sampled=0`;
}
