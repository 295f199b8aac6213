import { matchesWildcard } from '../wildcard.ts';
import { matchesArn } from './arn-pattern.ts';
import type { RequestContext } from './condition-keys.ts';
import type { CompiledPolicy, CompiledStatement } from './policy.ts';

export interface IamRequest {
  /** e.g. `dynamodb:GetItem` */
  readonly action: string;
  /** An ARN, or `*` for an action that has no resource. */
  readonly resource: string;
  /** Asked only if a statement has conditions. */
  readonly context: () => RequestContext;
}

/** Where in a role's policies a permission stands: indexes, counted from 0. */
export interface PermissionRef {
  readonly policy: number;
  readonly statement: number;
  /** Of `Action`; -1: a statement with `NotAction`. */
  readonly action: number;
  /** Of `Resource`; -1: a statement with `NotResource`. */
  readonly resource: number;
}

export type Decision =
  | { readonly kind: 'allowed'; readonly by: PermissionRef }
  | { readonly kind: 'implicitDeny' }
  | { readonly kind: 'explicitDeny' };

/**
 * What IAM decides by a role's own policies: denied by default, allowed by any statement, denied by any `Deny` whatever
 * else allows it.
 * @returns with the first statement that allows it: a later one that allows the same is never needed
 * @see "Policy evaluation logic", IAM User Guide
 */
export function evaluate(policies: readonly CompiledPolicy[], request: IamRequest): Decision {
  const action = request.action.toLowerCase();
  let allowed: PermissionRef | undefined;
  for (const [policy, { statements }] of policies.entries()) {
    for (const [statement, compiled] of statements.entries()) {
      if (compiled.effect === 'Allow' && allowed !== undefined) continue;
      const match = matchStatement(compiled, action, request);
      if (match === undefined) continue;
      if (compiled.effect === 'Deny') return { kind: 'explicitDeny' };
      allowed = { policy, statement, ...match };
    }
  }
  return allowed === undefined ? { kind: 'implicitDeny' } : { kind: 'allowed', by: allowed };
}

function matchStatement(
  statement: CompiledStatement,
  action: string,
  { resource, context }: IamRequest,
): Pick<PermissionRef, 'action' | 'resource'> | undefined {
  const byAction = matchList(statement.actions, statement.notActions, (pattern) => matchesWildcard(pattern, action));
  if (byAction === undefined) return undefined;
  const byResource = matchList(statement.resources, statement.notResources, (pattern) => matchesArn(pattern, resource));
  if (byResource === undefined) return undefined;
  if (statement.condition !== undefined && !statement.condition(context())) return undefined;
  return { action: byAction, resource: byResource };
}

/** The index of the pattern that matches, -1 if the list of exceptions has none, undefined: the element does not match. */
function matchList(
  patterns: readonly string[],
  exceptions: readonly string[] | undefined,
  matches: (pattern: string) => boolean,
): number | undefined {
  if (exceptions !== undefined) return exceptions.some(matches) ? undefined : -1;
  const index = patterns.findIndex(matches);
  return index < 0 ? undefined : index;
}
