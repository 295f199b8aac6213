import type { ExecutionOutcome } from '../lambda/execution.ts';

/** How an invocation with a batch ends that a fault plan lets fail. */
export const failedBatch: Extract<ExecutionOutcome, { kind: 'failed' }> = {
  kind: 'failed',
  error: { errorType: 'FaultPlan', errorMessage: 'The batch failed (fault plan)', trace: [] },
  run: { instanceId: '-', coldStart: false, initMs: 0, durationMs: 0 },
};
