import type { InvocationOutcome } from '../lambda/invoker.ts';
import type { AuthorizerContext } from './events.ts';
import { evaluatePolicy, isRecord } from './policy.ts';

export type Authorization =
  | { readonly kind: 'allowed'; readonly context: AuthorizerContext }
  | { readonly kind: 'refused'; readonly statusCode: 401 | 403 | 500; readonly reason: string };

/**
 * What the outcome of an authorizer's invocation means for the handshake.
 * @param outcome `integrationTimeout`: API Gateway waited no longer (500; UNCONFIRMED for WebSocket APIs)
 * @see facts page, sections 1 and 3
 */
export function authorization(
  outcome: InvocationOutcome | 'integrationTimeout',
  methodArn: string,
  resultLimitBytes: number,
): Authorization {
  if (outcome === 'integrationTimeout') return failure('the authorizer took too long');
  if (outcome.kind === 'failed' && outcome.error.errorMessage === 'Unauthorized') {
    return { kind: 'refused', statusCode: 401, reason: 'the authorizer threw Unauthorized' };
  }
  if (outcome.kind === 'failed') {
    return failure(`the authorizer failed: ${outcome.error.errorType}: ${outcome.error.errorMessage}`);
  }
  if (outcome.kind !== 'returned') return failure(`the authorizer was not answered: ${outcome.kind}`);
  return readResult(outcome.payload, methodArn, resultLimitBytes);
}

function readResult(result: unknown, methodArn: string, resultLimitBytes: number): Authorization {
  if (!isRecord(result)) return failure('the authorizer returned no object');
  if (Buffer.byteLength(JSON.stringify(result)) > resultLimitBytes) {
    return failure(`the authorizer returned more than ${resultLimitBytes} bytes`);
  }
  const { principalId, policyDocument, context = {} } = result;
  if (typeof principalId !== 'string' || principalId === '') return failure('the authorizer returned no principalId');
  const decision = evaluatePolicy(policyDocument, methodArn);
  if (decision === 'malformed') return failure('the authorizer returned no valid policyDocument');
  if (decision === 'deny')
    return { kind: 'refused', statusCode: 403, reason: `the policy does not allow ${methodArn}` };
  const strings = stringified(context);
  if (strings === undefined) return failure('the context of the authorizer holds an object, an array or null');
  return { kind: 'allowed', context: { ...strings, principalId } };
}

/** Numbers and booleans reach functions as strings: UNCONFIRMED for the proxy event, see facts page, section 3. */
function stringified(context: unknown): Record<string, string> | undefined {
  if (context === null) return {};
  if (!isRecord(context)) return undefined;
  const entries = Object.entries(context);
  if (entries.some(([, value]) => typeof value === 'object')) return undefined;
  return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]));
}

function failure(reason: string): Authorization {
  return { kind: 'refused', statusCode: 500, reason };
}
