import { Apigatewayv2Route } from '@cdktf/provider-aws/lib/apigatewayv2-route/index.js';
import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission/index.js';
import { Construct } from 'constructs';
import type { HttpAuthorizer } from './http-authorizer.ts';
import type { HttpIntegration } from './http-integration.ts';
import { replacedWith } from './lifecycles.ts';

/** Who may call a route: those with a token that the authorizer takes, those whom IAM allows it, or everybody. */
export type HttpAuthorization = HttpAuthorizer | 'iam' | 'none';

export interface HttpRouteProps {
  readonly integration: HttpIntegration;
  /** e.g. `GET /sessions/{sessionId}` */
  readonly routeKey: string;
  /** Has no default: a route that is open says so. */
  readonly authorization: HttpAuthorization;
}

/** Sends one route of an HTTP API to one Lambda, and lets that route, and nothing else, invoke it. */
export class HttpRoute extends Construct {
  readonly routeKey: string;
  readonly integration: HttpIntegration;
  readonly authorization: HttpAuthorization;
  readonly route: Apigatewayv2Route;
  readonly permission: LambdaPermission;

  constructor(scope: Construct, id: string, { integration, routeKey, authorization }: HttpRouteProps) {
    super(scope, id);
    if (!/^(GET|POST|PUT|PATCH|DELETE) (\/([\w.-]+|\{\w+\}))+$/.test(routeKey)) {
      throw new Error(
        `${this.node.path}: "${routeKey}" is no route: it must be a method and a path, such as GET /orders/{orderId}`,
      );
    }
    const { api, handler } = integration;
    this.routeKey = routeKey;
    this.integration = integration;
    this.authorization = authorization;
    this.route = new Apigatewayv2Route(this, 'route', {
      apiId: api.id,
      routeKey,
      target: `integrations/${integration.integration.id}`,
      ...authorizationOf(authorization),
      // AWS deletes neither an integration nor an authorizer while a route names it.
      lifecycle: replacedWith(
        integration.integration,
        ...(typeof authorization === 'string' ? [] : [authorization.authorizer]),
      ),
    });
    this.permission = new LambdaPermission(this, 'permission', {
      action: 'lambda:InvokeFunction',
      functionName: handler.function.functionName,
      principal: 'apigateway.amazonaws.com',
      sourceArn: api.routeArn(routeKey),
      lifecycle: replacedWith(handler.function),
    });
  }
}

function authorizationOf(authorization: HttpAuthorization) {
  if (authorization === 'none') return { authorizationType: 'NONE' };
  if (authorization === 'iam') return { authorizationType: 'AWS_IAM' };
  return { authorizationType: 'JWT', authorizerId: authorization.authorizer.id };
}
