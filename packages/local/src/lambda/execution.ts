import type { Interest } from './interest.ts';
import type { FunctionError } from './invoker.ts';

/** One event on its way through a function: waiting for an instance, then running on one. */
export interface Execution {
  readonly requestId: string;
  readonly payloadJson: string;
  readonly acceptedAtMs: number;
  /** Absent: it is awaited to the end. */
  readonly interest?: Interest | undefined;
  /** Called once, when it has ended. */
  readonly finish: (outcome: ExecutionOutcome) => void;
}

/** As InvocationOutcome, with the payload still in JSON text. */
export type ExecutionOutcome =
  | { readonly kind: 'returned'; readonly payloadJson: string; readonly run: RunFacts }
  | { readonly kind: 'failed'; readonly error: FunctionError; readonly run: RunFacts }
  | { readonly kind: 'timedOut'; readonly timeoutSeconds: number; readonly run: RunFacts }
  | { readonly kind: 'throttled' }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'withdrawn' };

/** How it ran, in milliseconds of the clock. */
export interface RunFacts {
  readonly instanceId: string;
  /** True for the first event of an instance. */
  readonly coldStart: boolean;
  /** How long the instance took to load the bundle; 0 unless `coldStart`. */
  readonly initMs: number;
  /** In the handler. */
  readonly durationMs: number;
}

/** The error of an execution whose instance went away under it. */
export function runtimeExited(requestId: string, how: string): FunctionError {
  return { errorType: 'Runtime.ExitError', errorMessage: `RequestId: ${requestId} Error: ${how}`, trace: [] };
}
