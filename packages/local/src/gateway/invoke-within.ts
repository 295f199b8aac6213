import { type Clock, computingMs } from '../clock.ts';
import type { Interest } from '../lambda/interest.ts';
import type { FunctionInvoker, InvocationOutcome } from '../lambda/invoker.ts';
import type { Deadlines } from './deadlines.ts';

/** What an API of any kind invokes functions with. */
export interface InvocationContext {
  readonly invoker: FunctionInvoker;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
}

/** How an invocation ended, or that API Gateway waited no longer: the function itself may run on. */
export type IntegrationOutcome = InvocationOutcome | 'integrationTimeout';

/**
 * Invokes a function as API Gateway, and waits no longer than the timeout of the integration.
 * @param sourceArn what the function's permissions are held against
 * @param interest absent: the event is run even if that is after the timeout
 */
export function invokeWithin(
  { invoker, clock, deadlines }: InvocationContext,
  functionArn: string,
  event: unknown,
  sourceArn: string,
  timeoutMs: number,
  interest?: Interest,
): Promise<IntegrationOutcome> {
  return new Promise((resolve, reject) => {
    const cancel = deadlines.add(clock.nowMs() + computingMs(clock, timeoutMs), () => {
      resolve('integrationTimeout');
      interest?.withdraw();
    });
    invoker
      .invoke(functionArn, event, { principal: 'apigateway.amazonaws.com', sourceArn }, interest)
      .then(resolve, reject)
      .finally(cancel);
  });
}
