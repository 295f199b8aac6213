import { CognitoUserPool } from '@cdktf/provider-aws/lib/cognito-user-pool/index.js';
import { CognitoUserPoolClient } from '@cdktf/provider-aws/lib/cognito-user-pool-client/index.js';
import { TerraformCount, Token } from 'cdktf';
import { Construct } from 'constructs';
import { protectedIf } from './lifecycles.ts';

export interface UserPoolProps {
  readonly name: string;
  /** Whether Terraform refuses to delete or replace it. */
  readonly isProtected: boolean;
}

/**
 * The user pool that speakers sign in to: the one given by variables, else one of the stack's own. With another
 * OpenID Connect issuer there is none, and both ids are empty.
 */
export class UserPool extends Construct {
  readonly userPoolId: string;
  readonly clientId: string;
  /** Who issues the speakers' tokens, and for whom, also without a user pool; Terraform expressions. */
  readonly issuer: string;
  readonly audience: string;

  constructor(scope: Construct, id: string, { name, isProtected }: UserPoolProps) {
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
      deletionProtection: `\${var.deletion_protection ? "ACTIVE" : "INACTIVE"}`,
      ...protectedIf(isProtected),
    });
    const client = new CognitoUserPoolClient(this, 'client', {
      count,
      name,
      userPoolId: `\${${pool.fqn}[0].id}`,
      generateSecret: false, // a browser cannot keep one
      // SRP keeps the password in the browser; the console and the smoke test, without a library for it, send it.
      explicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      accessTokenValidity: Token.asNumber(`\${var.access_token_minutes}`),
      idTokenValidity: Token.asNumber(`\${var.access_token_minutes}`),
      refreshTokenValidity: Token.asNumber(`\${var.refresh_token_days}`),
      tokenValidityUnits: [{ accessToken: 'minutes', idToken: 'minutes', refreshToken: 'days' }],
      preventUserExistenceErrors: 'ENABLED',
      enableTokenRevocation: true,
    });
    this.userPoolId = givenOrOwn('user_pool_id', `${pool.fqn}[0].id`);
    this.clientId = givenOrOwn('user_pool_client_id', `${client.fqn}[0].id`);
    const given = (variable: string, ofPool: string) =>
      `\${var.oidc_issuer != "" ? var.${variable} : ${ofPool.slice(2, -1)}}`;
    this.issuer = given('oidc_issuer', issuerOf(this.userPoolId));
    this.audience = given('oidc_audience', this.clientId);
  }

  /** A Terraform expression: whether there is a user pool at all. */
  static readonly existsIf = 'var.oidc_issuer == ""';
}

const ownIsNeeded = 'var.user_pool_id == "" && var.oidc_issuer == ""';

const givenOrOwn = (variable: string, own: string): string =>
  `\${var.${variable} != "" ? var.${variable} : (var.oidc_issuer != "" ? "" : ${own})}`;

/** What a pool's tokens name in `iss`. A pool that is given may be in another Region: its id begins with it. */
const issuerOf = (userPoolId: string): string => {
  const id = userPoolId.slice(2, -1);
  return `\${join("", ["https://cognito-idp.", split("_", ${id})[0], ".amazonaws.com/", ${id}])}`;
};
