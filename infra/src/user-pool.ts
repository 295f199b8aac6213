import { CognitoUserPool } from '@cdktf/provider-aws/lib/cognito-user-pool/index.js';
import { CognitoUserPoolClient } from '@cdktf/provider-aws/lib/cognito-user-pool-client/index.js';
import { TerraformCount, Token } from 'cdktf';
import { Construct } from 'constructs';

export interface UserPoolProps {
  readonly name: string;
  readonly protectsData: boolean;
}

/**
 * The user pool that speakers sign in to: the one given by variables, else one of the stack's own. With another
 * OpenID Connect issuer there is none, and both ids are empty.
 */
export class UserPool extends Construct {
  readonly userPoolId: string;
  readonly clientId: string;

  constructor(scope: Construct, id: string, { name, protectsData }: UserPoolProps) {
    super(scope, id);
    const count = TerraformCount.of(Token.asNumber(`\${${ownIsNeeded} ? 1 : 0}`));
    const pool = new CognitoUserPool(this, 'pool', {
      count,
      name,
      // Whoever has an account may speak: only an administrator makes one.
      adminCreateUserConfig: { allowAdminCreateUserOnly: true },
      usernameConfiguration: { caseSensitive: false },
      passwordPolicy: {
        minimumLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireNumbers: true,
        requireSymbols: false,
        temporaryPasswordValidityDays: 7,
      },
      deletionProtection: protectsData ? 'ACTIVE' : 'INACTIVE',
    });
    const client = new CognitoUserPoolClient(this, 'client', {
      count,
      name,
      userPoolId: `\${${pool.fqn}[0].id}`,
      generateSecret: false, // a browser cannot keep one
      explicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      accessTokenValidity: 60,
      tokenValidityUnits: [{ accessToken: 'minutes' }],
      preventUserExistenceErrors: 'ENABLED',
      enableTokenRevocation: true,
    });
    this.userPoolId = givenOrOwn('user_pool_id', `${pool.fqn}[0].id`);
    this.clientId = givenOrOwn('user_pool_client_id', `${client.fqn}[0].id`);
  }
}

const ownIsNeeded = 'var.user_pool_id == "" && var.oidc_issuer == ""';

const givenOrOwn = (variable: string, own: string): string =>
  `\${var.${variable} != "" ? var.${variable} : (var.oidc_issuer != "" ? "" : ${own})}`;
