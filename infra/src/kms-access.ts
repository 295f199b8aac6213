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
}

/** What a function's role may do with the key of the variable `kms_key_arn`; without a key there is nothing. */
export class KmsAccess extends Construct {
  constructor(scope: Construct, id: string, { name, roleName, usesTables }: KmsAccessProps) {
    super(scope, id);
    const ofKey = { Effect: 'Allow', Resource: [`\${var.kms_key_arn}`] };
    new IamRolePolicy(this, 'policy', {
      count: TerraformCount.of(Token.asNumber(`\${var.kms_key_arn == "" ? 0 : 1}`)),
      name: `${name}-kms`,
      role: roleName,
      policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          // Lambda decrypts the environment as the function.
          { ...ofKey, Action: ['kms:Decrypt'] },
          ...(usesTables ? [{ ...ofKey, Action: byDynamoDb, Condition: viaDynamoDb }] : []),
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
const viaDynamoDb = { StringEquals: { 'kms:ViaService': `dynamodb.\${var.aws_region}.amazonaws.com` } };
