import type { DroppedEvent } from '../../src/lambda/async-invocations.ts';
import {
  createLambdaRuntime,
  type FunctionLogLine,
  type InvocationRecord,
  type LambdaRuntimeOptions,
} from '../../src/lambda/runtime.ts';
import type { LambdaFunction } from '../../src/stack/model.ts';
import { fixture, functionArn, lambdaFunction, packageOf } from '../fixtures/functions.ts';

const behaviours = packageOf({ 'index.mjs': fixture('behaviours.mjs') });
export const role = { principal: 'arn:aws:iam::000000000000:role/caller' };

export interface SetUp extends Omit<LambdaRuntimeOptions, 'functions'> {
  /** Changes to the one function, `worker`. */
  readonly fn?: Partial<LambdaFunction>;
  /** Source of its `index.mjs`; absent: the fixture `behaviours.mjs`. */
  readonly source?: string;
}

/** A runtime with one function, and everything it told. */
export function setUp({ fn, source, ...options }: SetUp = {}) {
  const logs: FunctionLogLine[] = [];
  const records: InvocationRecord[] = [];
  const dropped: DroppedEvent[] = [];
  const watchers: { until: () => boolean; resolve: () => void }[] = [];
  const changed = () => {
    for (const { until, resolve } of watchers) if (until()) resolve();
  };
  const packageFile = source === undefined ? behaviours : packageOf({ 'index.mjs': source });
  const worker = lambdaFunction({ name: 'worker', packageFile, ...fn });
  const runtime = createLambdaRuntime({
    functions: [worker],
    asyncRetryDelaysMs: [0, 0],
    onLog: (line) => {
      logs.push(line);
      changed();
    },
    onInvocation: (record) => {
      records.push(record);
      changed();
    },
    onAsyncDropped: (event) => {
      dropped.push(event);
      changed();
    },
    ...options,
  });
  running.push(runtime);
  return {
    runtime,
    worker,
    logs,
    records,
    dropped,
    invoke: (event: unknown) => runtime.invoke(functionArn('worker'), event, role),
    /** Resolves as soon as something the runtime told makes the condition true. */
    until: (condition: () => boolean) =>
      new Promise<void>((resolve) => {
        if (condition()) resolve();
        else watchers.push({ until: condition, resolve });
      }),
  };
}

const running: { stop(): Promise<void> }[] = [];

/** Stops every runtime that a test set up. */
export async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((runtime) => runtime.stop()));
}
