import { Apigatewayv2Authorizer } from '@cdktf/provider-aws/lib/apigatewayv2-authorizer/index.js';
import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission/index.js';
import { Construct } from 'constructs';
import type { LambdaFunction } from './lambda-function.ts';
import { replacedWith } from './lifecycles.ts';
import type { WebSocketApi } from './web-socket-api.ts';
import { integrationTimeoutSeconds } from './web-socket-integration.ts';

export interface WebSocketAuthorizerProps {
  readonly api: WebSocketApi;
  readonly name: string;
  readonly handler: LambdaFunction;
}

/**
 * A Lambda that decides who may connect, and the permission to invoke it.
 * It has no identity source: with one, API Gateway would refuse every listener, who has no token, unasked.
 */
export class WebSocketAuthorizer extends Construct {
  readonly authorizer: Apigatewayv2Authorizer;
  readonly permission: LambdaPermission;

  constructor(scope: Construct, id: string, { api, name, handler }: WebSocketAuthorizerProps) {
    super(scope, id);
    if (handler.timeoutSeconds > integrationTimeoutSeconds) {
      throw new Error(`${this.node.path}: ${handler.node.path} must answer within ${integrationTimeoutSeconds} s`);
    }
    this.authorizer = new Apigatewayv2Authorizer(this, 'authorizer', {
      apiId: api.id,
      name,
      authorizerType: 'REQUEST',
      authorizerUri: handler.function.invokeArn,
      identitySources: [],
    });
    this.permission = new LambdaPermission(this, 'permission', {
      action: 'lambda:InvokeFunction',
      functionName: handler.function.functionName,
      principal: 'apigateway.amazonaws.com',
      sourceArn: `${api.api.executionArn}/authorizers/${this.authorizer.id}`,
      lifecycle: replacedWith(handler.function),
    });
  }
}
