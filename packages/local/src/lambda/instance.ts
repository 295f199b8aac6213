import { Worker } from 'node:worker_threads';
import { type Clock, computingMs } from '../clock.ts';
import type { LambdaFunction } from '../stack/model.ts';
import type { InstanceIdentity } from './environment.ts';
import { type Execution, type ExecutionOutcome, type RunFacts, runtimeExited } from './execution.ts';
import type { FunctionError } from './invoker.ts';
import type { FromWorker, InstanceData, ToWorker } from './worker-messages.ts';

/** Lambda gives the INIT phase this long of its own; what it takes beyond counts against the function's timeout. */
const INIT_LIMIT_MS = 10_000;
/** Largest response of a synchronous invocation, bytes: Lambda's error message states this number. */
const RESPONSE_LIMIT_BYTES = 6_291_556;

export interface InstanceOptions {
  readonly fn: LambdaFunction;
  readonly identity: InstanceIdentity;
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** `_X_AMZN_TRACE_ID` of the next event. */
  readonly newTraceId: () => string;
  /** Loaded, or done with an event: it can take the next one. */
  readonly onIdle: (instance: Instance) => void;
  /** The bundle did not load. `onGone` follows. */
  readonly onInitFailed: (outcomeFor: (requestId: string) => ExecutionOutcome) => void;
  /** It takes no more events, whatever the reason. Called once; a running event has been failed before. */
  readonly onGone: (instance: Instance) => void;
  readonly onLog: (line: { requestId?: string; stream: 'stdout' | 'stderr'; line: string }) => void;
}

/** One instance of a function: a worker thread that runs one event at a time. */
export class Instance {
  readonly id: string;
  private readonly options: InstanceOptions;
  private readonly worker: Worker;
  private readonly startedAtMs: number;
  private running: { readonly execution: Execution; readonly startedAtMs: number } | undefined;
  private state: 'starting' | 'ready' | 'gone' = 'starting';
  private initMs = 0;
  private isFirstEvent = true;
  private deadlineMs: number;
  /** When the timer looks, if there is one. */
  private armedForMs = 0;
  private cancelTimer: (() => void) | undefined;
  private readonly forgetTime: (() => void) | undefined;

  constructor(options: InstanceOptions) {
    const { fn, identity, environment, clock } = options;
    this.options = options;
    this.id = identity.instanceId;
    this.startedAtMs = clock.nowMs();
    const workerData: InstanceData = {
      taskRoot: identity.taskRoot,
      handler: fn.handler,
      functionName: fn.name,
      functionArn: fn.arn,
      memoryMb: fn.memoryMb,
      logGroupName: identity.logGroupName,
      logStreamName: identity.logStreamName,
      ...(clock.shared && { time: clock.shared.buffer }),
    };
    this.worker = new Worker(new URL('./bootstrap.mjs', import.meta.url), {
      name: identity.instanceId,
      env: environment,
      argv: [],
      execArgv: [],
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: fn.memoryMb },
    });
    this.forgetTime = clock.shared?.onChange(() => this.send({ timeChanged: true }));
    this.worker.on('message', (message: FromWorker) => this.receive(message));
    this.worker.on('error', (error) => this.fail(runtimeError(error)));
    this.worker.on('exit', (exitCode) => this.fail(exited(exitCode)));
    this.deadlineMs =
      this.startedAtMs + computingMs(clock, INIT_LIMIT_MS) + computingMs(clock, fn.timeoutSeconds * 1000);
    this.armTimer();
  }

  /** Runs one event. Only for an idle instance. */
  run(execution: Execution): void {
    const { fn, clock, newTraceId } = this.options;
    const startedAtMs = clock.nowMs();
    const remainingMs = computingMs(clock, fn.timeoutSeconds * 1000);
    this.running = { execution, startedAtMs };
    this.deadlineMs = startedAtMs + remainingMs;
    // The timer of an earlier event may wait for less, not for more (as it does when time was compressed more then).
    if (this.cancelTimer !== undefined && this.armedForMs > this.deadlineMs) this.cancelTimer();
    if (this.cancelTimer === undefined || this.armedForMs > this.deadlineMs) this.armTimer();
    const { requestId, payloadJson } = execution;
    this.send({ requestId, payloadJson, remainingMs, traceId: newTraceId() });
  }

  /** Ends the thread at once. An event that runs on it fails with `Runtime.ExitError` and the reason. */
  async terminate(reason = 'Runtime exited with error: signal: killed'): Promise<void> {
    this.fail(reason);
    await this.worker.terminate();
  }

  private send(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  private receive(message: FromWorker): void {
    if (message.type === 'log') {
      const { stream, requestId } = message;
      for (const line of message.lines) this.options.onLog({ stream, line, ...(requestId && { requestId }) });
      return;
    }
    if (this.state === 'gone') return;
    switch (message.type) {
      case 'ready':
        this.state = 'ready';
        this.cancelTimer?.();
        this.cancelTimer = undefined;
        this.initMs = this.options.clock.nowMs() - this.startedAtMs;
        this.options.onIdle(this);
        break;
      case 'initFailed':
      case 'crashed':
        this.fail(message.error);
        break;
      case 'returned': {
        const { payloadJson } = message;
        const tooLarge = Buffer.byteLength(payloadJson) > RESPONSE_LIMIT_BYTES;
        this.finishRun(tooLarge ? { kind: 'failed', error: responseTooLarge } : { kind: 'returned', payloadJson });
        this.options.onIdle(this);
        break;
      }
      case 'failed':
        this.finishRun({ kind: 'failed', error: message.error });
        this.options.onIdle(this);
        break;
    }
  }

  private finishRun(ending: Ending): void {
    const running = this.running;
    if (running === undefined) return;
    this.running = undefined;
    const run = this.factsOf(this.options.clock.nowMs() - running.startedAtMs);
    this.isFirstEvent = false;
    running.execution.finish({ ...ending, run });
  }

  private factsOf(durationMs: number): RunFacts {
    const coldStart = this.isFirstEvent;
    return { instanceId: this.id, coldStart, initMs: coldStart ? this.initMs : 0, durationMs };
  }

  /** Ends this instance. @param error of the event that runs on it or was to be its first; a string: how the thread ended */
  private fail(error: FunctionError | string): void {
    this.end((requestId) => ({
      kind: 'failed',
      error: typeof error === 'string' ? runtimeExited(requestId, error) : error,
    }));
  }

  private end(endingOf: (requestId: string) => Ending): void {
    if (this.state === 'gone') return;
    const wasStarting = this.state === 'starting';
    this.state = 'gone';
    this.cancelTimer?.();
    this.forgetTime?.();
    if (wasStarting) {
      this.initMs = this.options.clock.nowMs() - this.startedAtMs;
      const run = this.factsOf(0);
      this.options.onInitFailed((requestId) => ({ ...endingOf(requestId), run }));
    } else {
      if (this.running !== undefined) this.finishRun(endingOf(this.running.execution.requestId));
    }
    this.options.onGone(this);
  }

  /** One timer a thread rather than one an event: it looks at the deadline of whatever runs when it fires. */
  private armTimer(): void {
    const { clock, fn } = this.options;
    this.armedForMs = this.deadlineMs;
    this.cancelTimer = clock.setTimer(
      () => {
        this.cancelTimer = undefined;
        if (this.state === 'gone' || (this.state === 'ready' && this.running === undefined)) return;
        if (clock.nowMs() < this.deadlineMs) {
          this.armTimer();
        } else {
          this.end(() => ({ kind: 'timedOut', timeoutSeconds: fn.timeoutSeconds }));
          void this.worker.terminate();
        }
      },
      Math.max(0, this.deadlineMs - clock.nowMs()),
    );
  }
}

type Ending =
  | { kind: 'returned'; payloadJson: string }
  | { kind: 'failed'; error: FunctionError }
  | { kind: 'timedOut'; timeoutSeconds: number };

const responseTooLarge: FunctionError = {
  errorType: 'Function.ResponseSizeTooLarge',
  errorMessage: `Response payload size exceeded maximum allowed payload size (${RESPONSE_LIMIT_BYTES} bytes).`,
  trace: [],
};

function exited(exitCode: number): string {
  if (exitCode === 0) return 'Runtime exited without providing a reason';
  return `Runtime exited with error: exit status ${exitCode}`;
}

/** An error that ended the thread itself: out of memory (Lambda's kernel kills the process), or a bootstrap that broke. */
function runtimeError(error: Error): string {
  const outOfMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return `Runtime exited with error: ${outOfMemory ? 'signal: killed' : error.message}`;
}
