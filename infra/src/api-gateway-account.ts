import { ApiGatewayAccount as AwsApiGatewayAccount } from '@cdktf/provider-aws/lib/api-gateway-account/index.js';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js';
import { TerraformCount, Token } from 'cdktf';
import { Construct } from 'constructs';
import { permissionsBoundary } from './permissions-boundary.ts';

export interface ApiGatewayAccountProps {
  readonly name: string;
}

/**
 * The role with which API Gateway writes every log of this account and region, if the variable
 * `manage_api_gateway_account` asks for it. It is a setting of the account: two stacks that have it overwrite each
 * other, and taking one away takes the setting away from the other.
 */
export class ApiGatewayAccount extends Construct {
  readonly account: AwsApiGatewayAccount;

  constructor(scope: Construct, id: string, { name }: ApiGatewayAccountProps) {
    super(scope, id);
    const count = TerraformCount.of(Token.asNumber(`\${var.manage_api_gateway_account ? 1 : 0}`));
    const role = new IamRole(this, 'role', {
      count,
      name,
      assumeRolePolicy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: ['sts:AssumeRole'], Principal: { Service: 'apigateway.amazonaws.com' } },
        ],
      }),
      permissionsBoundary,
    });
    const policy = new IamRolePolicyAttachment(this, 'policy', {
      count,
      role: `\${${role.fqn}[0].name}`,
      // API Gateway refuses a role that may do less than AWS's own policy allows.
      policyArn: 'arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs',
    });
    this.account = new AwsApiGatewayAccount(this, 'account', {
      count,
      cloudwatchRoleArn: `\${${role.fqn}[0].arn}`,
      dependsOn: [policy],
    });
  }
}
