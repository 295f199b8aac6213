import type { LambdaFunction } from '../stack/model.ts';
import { matchesWildcard } from '../wildcard.ts';
import type { InvocationSource } from './invoker.ts';

/**
 * Whether the function's resource policy (its `aws_lambda_permission`s) lets the source invoke it. A caller that is
 * a role (its principal is an ARN) passes: what it may do is a matter of its own policies, checked where it calls.
 */
export function permitsSource({ permissions }: Pick<LambdaFunction, 'permissions'>, source: InvocationSource): boolean {
  if (source.principal.startsWith('arn:')) return true;
  return permissions.some(
    ({ principal, action, sourceArn }) =>
      (principal === source.principal || principal === '*') &&
      matchesWildcard(action, 'lambda:InvokeFunction') &&
      (sourceArn === undefined || (source.sourceArn !== undefined && matchesWildcard(sourceArn, source.sourceArn))),
  );
}
