import { matchesArn } from '../iam/arn-pattern.ts';
import type { InvokePermission, LambdaFunction } from '../stack/model.ts';
import { matchesWildcard } from '../wildcard.ts';
import type { InvocationSource } from './invoker.ts';

/** The first of the function's `aws_lambda_permission`s, its resource policy, that lets a service invoke it. */
export function permissionFor(
  { permissions }: Pick<LambdaFunction, 'permissions'>,
  source: InvocationSource,
): InvokePermission | undefined {
  // Source ARN and source account are conditions, and what the source does not say fulfils none.
  const { sourceArn = '' } = source;
  const account = sourceArn.split(':')[4];
  return permissions.find(
    (permission) =>
      (permission.principal === source.principal || permission.principal === '*') &&
      matchesWildcard(permission.action.toLowerCase(), 'lambda:invokefunction') &&
      (permission.sourceArn === undefined || (sourceArn !== '' && matchesArn(permission.sourceArn, sourceArn))) &&
      (permission.sourceAccount === undefined || permission.sourceAccount === account),
  );
}

/**
 * Whether the function's resource policy lets the source invoke it. A caller that is a role (its principal is an ARN)
 * passes: what it may do is a matter of its own policies, checked where it calls.
 */
export function permitsSource(fn: Pick<LambdaFunction, 'permissions'>, source: InvocationSource): boolean {
  return source.principal.startsWith('arn:') || permissionFor(fn, source) !== undefined;
}
