import type { InvocationSource } from '../lambda/invoker.ts';
import { StackResourceError } from '../stack/errors.ts';
import type { EventRule, LambdaFunction, PolicyStatement, Queue, Stack } from '../stack/model.ts';
import { contextOfService } from './condition-keys.ts';
import type { Iam } from './enforcement.ts';
import { evaluate } from './evaluate.ts';
import { compilePolicy } from './policy.ts';

/**
 * Checks that EventBridge may send to the dead-letter queue of every target. AWS takes such a target, and loses each event
 * that it could not deliver.
 * @throws {StackResourceError} a queue's policy does not let it
 */
export function requireDeadLetterAccess({
  eventRules,
  queues,
  accountId,
}: Pick<Stack, 'eventRules' | 'queues' | 'accountId'>): void {
  for (const rule of eventRules) {
    for (const { address, deadLetterArn } of rule.targets) {
      const queue = queues.find(({ arn }) => arn === deadLetterArn);
      if (!queue || mayServiceSend(queue, sourceOf(rule), accountId)) continue;
      throw new StackResourceError(
        `${address}.dead_letter_config`,
        `EventBridge may not send to ${queue.arn}: allow events.amazonaws.com sqs:SendMessage in an aws_sqs_queue_policy, with ${rule.arn} as aws:SourceArn`,
      );
    }
  }
}

/**
 * Checks that the role of every function may send to the function's on-failure destination.
 * @see `PutFunctionEventInvokeConfig`, AWS Lambda API Reference, which refuses such a destination
 * @throws {StackResourceError} a role may not
 */
export function requireDestinationAccess(functions: readonly LambdaFunction[], iam: Pick<Iam, 'refusalOf'>): void {
  for (const fn of functions) {
    const { onFailureArn } = fn.asyncInvoke;
    if (onFailureArn === undefined || iam.refusalOf(fn, 'sqs:SendMessage', onFailureArn) === undefined) continue;
    throw new StackResourceError(
      `aws_lambda_function_event_invoke_config of ${fn.name}: destination_config.on_failure`,
      `the role ${fn.role.name} cannot send to ${onFailureArn}: allow it sqs:SendMessage`,
    );
  }
}

const sourceOf = ({ arn }: EventRule) => ({ principal: 'events.amazonaws.com', sourceArn: arn });

/** Returns whether the queue's own policies let a service send to it, on behalf of a resource of the account. */
export function mayServiceSend(
  queue: Queue,
  { principal, sourceArn }: Required<InvocationSource>,
  accountId: string,
): boolean {
  const isAbout = ({ Principal: who }: PolicyStatement): boolean =>
    who?.Service?.includes(principal) === true || who?.['*'] !== undefined || who?.AWS?.includes('*') === true;
  const policies = queue.policies.map((document) =>
    compilePolicy({ ...document, Statement: document.Statement.filter(isAbout) }),
  );
  const request = {
    action: 'sqs:SendMessage',
    resource: queue.arn,
    context: () => contextOfService(sourceArn, accountId),
  };
  return evaluate(policies, request).kind === 'allowed';
}
