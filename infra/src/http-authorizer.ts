import { Apigatewayv2Authorizer } from '@cdktf/provider-aws/lib/apigatewayv2-authorizer/index.js';
import { Construct } from 'constructs';
import type { HttpApi } from './http-api.ts';

export interface HttpAuthorizerProps {
  readonly api: HttpApi;
  readonly name: string;
  /** What tokens name in `iss`; a Terraform expression. */
  readonly issuer: string;
  /** What tokens name in `aud`, or, if they have none, in `client_id`, as Cognito's access tokens do; a Terraform expression. */
  readonly audience: string;
}

/**
 * Lets API Gateway verify the token in the header Authorization: signature, issuer, audience, times. It finds the keys by
 * the issuer's discovery document (`<issuer>/.well-known/openid-configuration`), which must exist when the authorizer is
 * made, and takes RSA signatures alone. What kind of token it is (Cognito's ID tokens have an audience, too), the function
 * checks.
 * @see Amazon API Gateway Developer Guide, "Control access to HTTP APIs with JWT authorizers in API Gateway"
 */
export class HttpAuthorizer extends Construct {
  readonly authorizer: Apigatewayv2Authorizer;

  constructor(scope: Construct, id: string, { api, name, issuer, audience }: HttpAuthorizerProps) {
    super(scope, id);
    this.authorizer = new Apigatewayv2Authorizer(this, 'authorizer', {
      apiId: api.id,
      name,
      authorizerType: 'JWT',
      identitySources: ['$request.header.Authorization'],
      jwtConfiguration: { issuer, audience: [audience] },
    });
  }
}
