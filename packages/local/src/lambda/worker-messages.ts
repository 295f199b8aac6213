import type { FunctionError } from './invoker.ts';

/** What a function's worker thread is started with. */
export interface InstanceData {
  readonly taskRoot: string;
  readonly handler: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMb: number;
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** The stack's clock, see `SharedTime`; absent: real time. */
  readonly time?: SharedArrayBuffer;
}

/** An event to run, or word that the clock has been changed. */
export type ToWorker = EventToRun | { readonly timeChanged: true };

/** One event to run. Payloads cross as JSON text, as they do in Lambda: parsed once on each side, never cloned. */
export interface EventToRun {
  readonly requestId: string;
  readonly payloadJson: string;
  /** until the function's timeout, milliseconds of the clock that the function sees */
  readonly remainingMs: number;
  readonly traceId: string;
}

export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'initFailed'; readonly error: FunctionError }
  | { readonly type: 'returned'; readonly requestId: string; readonly payloadJson: string }
  | { readonly type: 'failed'; readonly requestId: string; readonly error: FunctionError }
  /** Uncaught exception or unhandled rejection: the thread ends right after. */
  | { readonly type: 'crashed'; readonly error: FunctionError }
  | {
      readonly type: 'log';
      readonly stream: 'stdout' | 'stderr';
      readonly lines: readonly string[];
      readonly requestId: string | undefined;
    };
