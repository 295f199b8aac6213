import type { HttpApi } from './http-api.ts';
import type { LambdaFunction } from './lambda-function.ts';
import type { LifecycleEvents } from './lifecycle-events.ts';
import type { Output } from './outputs.ts';

export interface PipelinePoliciesProps {
  readonly httpApi: HttpApi;
  readonly publisher: LambdaFunction;
  readonly events: LifecycleEvents;
}

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, unknown>>;
}

/**
 * What somebody who builds on the service must be allowed, as IAM policies to copy: nothing in the stack has them. Who has
 * one of them may publish to every session of the environment.
 */
export function pipelinePolicies({ httpApi, publisher, events }: PipelinePoliciesProps): Record<string, Output> {
  const publish: Statement[] = [
    {
      Sid: 'PublishByHttp',
      Effect: 'Allow',
      Action: ['execute-api:Invoke'],
      Resource: [httpApi.routeArn('POST /sessions/*/messages')],
    },
    {
      Sid: 'PublishByInvocation',
      Effect: 'Allow',
      Action: ['lambda:InvokeFunction'],
      Resource: [publisher.function.arn],
    },
  ];
  const receive: Statement[] = [
    {
      // For the environment's own events alone. The source is a list in a rule, and may be missing.
      // @see Amazon EventBridge User Guide, "Using IAM policy conditions in Amazon EventBridge"
      Sid: 'RulesForEvents',
      Effect: 'Allow',
      Action: ['events:PutRule'],
      Resource: [events.rulesArn],
      Condition: {
        'ForAllValues:StringEquals': { 'events:source': [events.source] },
        Null: { 'events:source': 'false' },
      },
    },
    {
      Sid: 'TargetsOfRules',
      Effect: 'Allow',
      Action: ['events:PutTargets', 'events:RemoveTargets', 'events:DeleteRule', 'events:DescribeRule'],
      Resource: [events.rulesArn],
    },
  ];
  return {
    publish_policy: {
      value: policy(publish),
      description: 'IAM policy, ready to copy: may publish, by the HTTP API and by invocation.',
    },
    pipeline_policy: {
      value: policy([...publish, ...receive]),
      description: 'IAM policy, ready to copy: may publish, and have EventBridge send it the lifecycle events.',
    },
  };
}

const policy = (Statement: readonly Statement[]): string => JSON.stringify({ Version: '2012-10-17', Statement });
