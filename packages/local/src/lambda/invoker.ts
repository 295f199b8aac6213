import type { Interest } from './interest.ts';

/** Who asks for an invocation: checked against the function's permissions, or the caller's role. */
export interface InvocationSource {
  /** `apigateway.amazonaws.com`, `events.amazonaws.com`, `scheduler.amazonaws.com`, or a role ARN. */
  readonly principal: string;
  /** e.g. `arn:aws:execute-api:us-east-1:000000000000:abc123/dev/$connect` */
  readonly sourceArn?: string;
}

/** What Lambda puts into the payload of a failed invocation. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: string[];
}

/** How an invocation ended. `error` is what Lambda puts into the payload of a failed one. */
export type InvocationOutcome =
  | { readonly kind: 'returned'; readonly payload: unknown; readonly durationMs: number }
  | { readonly kind: 'failed'; readonly error: FunctionError; readonly durationMs: number }
  | { readonly kind: 'timedOut'; readonly timeoutSeconds: number; readonly durationMs: number }
  /** No concurrency left. */
  | { readonly kind: 'throttled' }
  /** No permission covers the source, or there is no such function. */
  | { readonly kind: 'forbidden' }
  /** Never run: the caller took it back while it waited for an instance. */
  | { readonly kind: 'withdrawn' };

/** Why an asynchronous event is not even queued. */
export type RefusalReason = 'forbidden' | 'tooLarge' | 'noSuchFunction';

/** What the gateway, the schedule and the Lambda API need of the Lambda runtime. */
export interface FunctionInvoker {
  /**
   * Runs the function and waits for its end. Never rejects for what the function did.
   * @param interest absent: the event is awaited to the end
   */
  invoke(
    functionArn: string,
    event: unknown,
    source: InvocationSource,
    interest?: Interest,
  ): Promise<InvocationOutcome>;
  /**
   * Queues the event (`InvocationType: Event`): at least once, retried as the function's configuration says.
   * @returns why it was not queued; undefined: it was
   */
  invokeAsync(functionArn: string, event: unknown, source: InvocationSource): RefusalReason | undefined;
}
