import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue/index.js';
import { SqsQueuePolicy } from '@cdktf/provider-aws/lib/sqs-queue-policy/index.js';
import { Token } from 'cdktf';
import { Construct } from 'constructs';
import { kmsKeyArn } from './kms-access.ts';

/** As long as SQS keeps a message at most: two weeks to find out why, and to replay. */
const RETENTION_SECONDS = 14 * 24 * 3600;

export interface FailureQueueProps {
  readonly name: string;
}

/**
 * A queue for what Lambda gave up: nothing reads it but an operator. Encrypted with the key that is given, else with
 * SQS's own. Its policy allows nothing, and so leaves it to the account's own roles; it refuses what is not sent by TLS.
 */
export class FailureQueue extends Construct {
  readonly queue: SqsQueue;

  constructor(scope: Construct, id: string, { name }: FailureQueueProps) {
    super(scope, id);
    this.queue = new SqsQueue(this, 'queue', {
      name,
      messageRetentionSeconds: RETENTION_SECONDS,
      // One of the two: the provider takes a key, or SQS's own encryption.
      kmsMasterKeyId: kmsKeyArn,
      sqsManagedSseEnabled: Token.asAny(`\${var.kms_key_arn == "" ? true : null}`),
    });
    new SqsQueuePolicy(this, 'policy', {
      queueUrl: this.queue.url,
      policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'TlsOnly',
            Effect: 'Deny',
            Principal: '*',
            Action: 'sqs:*',
            Resource: this.queue.arn,
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      }),
    });
  }

  get arn(): string {
    return this.queue.arn;
  }

  get url(): string {
    return this.queue.url;
  }
}
