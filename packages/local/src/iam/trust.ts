import { StackResourceError } from '../stack/errors.ts';
import type { LambdaFunction, PolicyStatement } from '../stack/model.ts';
import { contextOfAssumption } from './condition-keys.ts';
import { evaluate } from './evaluate.ts';
import { compilePolicy } from './policy.ts';

const LAMBDA = 'lambda.amazonaws.com';

/**
 * Lambda refuses to create a function whose role it cannot assume; so does the local stack.
 * @throws {StackResourceError} the role's trust policy does not let Lambda assume it
 */
export function requireAssumableByLambda({ name, arn, role }: LambdaFunction, accountId: string): void {
  const { trustPolicy } = role;
  const aboutLambda = trustPolicy.Statement.filter(namesLambda).map((statement) => ({
    ...statement,
    // A trust policy has no Resource: it is about its own role.
    Resource: ['*'],
  }));
  const decision = evaluate([compilePolicy({ ...trustPolicy, Statement: aboutLambda })], {
    action: 'sts:AssumeRole',
    resource: role.arn,
    context: () => contextOfAssumption(arn, accountId),
  });
  if (decision.kind === 'allowed') return;
  throw new StackResourceError(
    trustPolicy.address,
    `The role defined for the function ${name} cannot be assumed by Lambda (allow sts:AssumeRole to ${LAMBDA})`,
  );
}

function namesLambda({ Principal: principal }: PolicyStatement): boolean {
  if (principal === undefined) return false;
  return principal.Service?.includes(LAMBDA) === true || principal['*'] !== undefined;
}
