import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic/index.js';
import { SnsTopicPolicy } from '@cdktf/provider-aws/lib/sns-topic-policy/index.js';
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription/index.js';
import { TerraformCount, Token } from 'cdktf';
import { Construct } from 'constructs';

export interface NotificationProps {
  readonly name: string;
  /**
   * ARN of a key of the account; a Terraform expression that may be null. Its policy must let
   * `cloudwatch.amazonaws.com` use it: the keys that AWS manages do not, and then no alarm arrives.
   */
  readonly kmsKeyId?: string;
}

/** Who hears of alarms: the topic given by `alarm_topic_arn`, and one of the stack's own for `alarm_email`. */
export class Notification extends Construct {
  /** A Terraform expression, without `${}`, for the list of topics; empty if nobody is to hear. */
  readonly topicArns: string;

  constructor(scope: Construct, id: string, { name, kmsKeyId }: NotificationProps) {
    super(scope, id);
    const count = TerraformCount.of(Token.asNumber(`\${var.alarm_email == "" ? 0 : 1}`));
    const topic = new SnsTopic(this, 'topic', {
      count,
      name,
      ...(kmsKeyId !== undefined && { kmsMasterKeyId: kmsKeyId }),
    });
    const own = (attribute: string) => `${topic.fqn}[0].${attribute}`;
    new SnsTopicPolicy(this, 'policy', {
      count,
      arn: `\${${own('arn')}}`,
      // Only alarms of this account. Without it, anybody's could publish: the principal is the service.
      policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: 'sns:Publish',
            Resource: `\${${own('arn')}}`,
            Condition: { StringEquals: { 'aws:SourceAccount': `\${${own('owner')}}` } },
          },
        ],
      }),
    });
    new SnsTopicSubscription(this, 'email', {
      count,
      topicArn: `\${${own('arn')}}`,
      protocol: 'email',
      endpoint: `\${var.alarm_email}`,
    });
    this.topicArns = `concat(var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn], ${topic.fqn}[*].arn)`;
  }
}
