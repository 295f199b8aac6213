import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js';
import { TerraformCount, Token } from 'cdktf';
import { Construct } from 'constructs';

/** The variable's key as an attribute wants it: null, so that AWS's own key is used, when none is given. */
export const kmsKeyArn = `\${var.kms_key_arn == "" ? null : var.kms_key_arn}`;

export interface KmsAccessProps {
  readonly name: string;
  /** Name of the function's role. */
  readonly roleName: string;
  readonly usesTables: boolean;
  readonly sendsToQueues: boolean;
}

/** What a function's role may do with the key of the variable `kms_key_arn`; without a key there is nothing. */
export class KmsAccess extends Construct {
  /** There only with a key. */
  readonly policy: IamRolePolicy;

  constructor(scope: Construct, id: string, { name, roleName, usesTables, sendsToQueues }: KmsAccessProps) {
    super(scope, id);
    const ofKey = { Effect: 'Allow', Resource: [`\${var.kms_key_arn}`] };
    this.policy = new IamRolePolicy(this, 'policy', {
      count: TerraformCount.of(Token.asNumber(`\${var.kms_key_arn == "" ? 0 : 1}`)),
      name: `${name}-kms`,
      role: roleName,
      policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          // Lambda decrypts the environment as the function.
          { ...ofKey, Action: ['kms:Decrypt'] },
          ...(usesTables ? [{ ...ofKey, Action: byDynamoDb, Condition: via('dynamodb') }] : []),
          // A new data key for what is sent, besides the right to decrypt.
          ...(sendsToQueues ? [{ ...ofKey, Action: ['kms:GenerateDataKey'], Condition: via('sqs') }] : []),
        ],
      }),
    });
  }
}

/**
 * What DynamoDB does with a table's key in the name of whoever asks for an item.
 * @see Amazon DynamoDB Developer Guide, "DynamoDB encryption at rest", on the use of a customer managed key. Without
 * CreateGrant, which only making a table needs.
 */
const byDynamoDb = [
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

const via = (service: string) => ({
  StringEquals: { 'kms:ViaService': `${service}.\${var.aws_region}.amazonaws.com` },
});
