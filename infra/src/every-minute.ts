import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule/index.js';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target/index.js';
import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission/index.js';
import { Construct } from 'constructs';
import type { LambdaFunction } from './lambda-function.ts';
import { replacedWith } from './lifecycles.ts';

export interface EveryMinuteProps {
  readonly name: string;
  readonly handler: LambdaFunction;
}

/** Runs a Lambda once a minute, the shortest interval that EventBridge has. */
export class EveryMinute extends Construct {
  constructor(scope: Construct, id: string, { name, handler }: EveryMinuteProps) {
    super(scope, id);
    const rule = new CloudwatchEventRule(this, 'rule', {
      name,
      scheduleExpression: 'rate(1 minute)',
      dependsOn: [handler.policy],
    });
    const permission = new LambdaPermission(this, 'permission', {
      action: 'lambda:InvokeFunction',
      functionName: handler.function.functionName,
      principal: 'events.amazonaws.com',
      sourceArn: rule.arn,
      lifecycle: replacedWith(handler.function),
    });
    new CloudwatchEventTarget(this, 'target', {
      rule: rule.name,
      arn: handler.function.arn,
      dependsOn: [permission],
    });
  }
}
