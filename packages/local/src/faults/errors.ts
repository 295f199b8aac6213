import { LocalRuntimeError } from '../errors.ts';

/** A fault plan says something that is not understood. The message names the place in the plan, and the file if there is one. */
export class FaultPlanError extends LocalRuntimeError {
  override readonly name = 'FaultPlanError';
  readonly code = 'FAULT_PLAN';
}
