import { Apigatewayv2Route } from '@cdktf/provider-aws/lib/apigatewayv2-route/index.js';
import { Apigatewayv2RouteResponse } from '@cdktf/provider-aws/lib/apigatewayv2-route-response/index.js';
import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission/index.js';
import { Construct } from 'constructs';
import { replacedWith } from './lifecycles.ts';
import type { WebSocketAuthorizer } from './web-socket-authorizer.ts';
import type { WebSocketIntegration } from './web-socket-integration.ts';

/** The routes that API Gateway itself defines. `$default` gets what no other route matches. */
const platformRoutes = ['$connect', '$disconnect', '$default'];
/** They run while there is no open socket, so they cannot reply. */
const oneWayRoutes = ['$connect', '$disconnect'];
/** The only key that AWS supports, for the selection expression and for the response. */
const responseKey = '$default';

export interface WebSocketRouteProps {
  readonly integration: WebSocketIntegration;
  readonly routeKey: string;
  /** On `$connect` only. */
  readonly authorizer?: WebSocketAuthorizer;
}

/**
 * Sends one route of a WebSocket API to one Lambda, and lets that route, and nothing else, invoke it.
 * What the Lambda returns to a message reaches its sender: that takes a response on the route and one beside it.
 */
export class WebSocketRoute extends Construct {
  readonly routeKey: string;
  readonly integration: WebSocketIntegration;
  readonly route: Apigatewayv2Route;
  readonly permission: LambdaPermission;
  readonly response?: Apigatewayv2RouteResponse;

  constructor(scope: Construct, id: string, { integration, routeKey, authorizer }: WebSocketRouteProps) {
    super(scope, id);
    if (routeKey === '' || (routeKey.startsWith('$') && !platformRoutes.includes(routeKey))) {
      throw new Error(`${this.node.path}: "${routeKey}" is no route: a message's route must not start with $`);
    }
    if (authorizer && routeKey !== '$connect') {
      throw new Error(`${this.node.path}: only $connect takes an authorizer, not ${routeKey}`);
    }
    const { api, handler } = integration;
    const replies = !oneWayRoutes.includes(routeKey);

    this.routeKey = routeKey;
    this.integration = integration;
    this.route = new Apigatewayv2Route(this, 'route', {
      apiId: api.id,
      routeKey,
      target: `integrations/${integration.integration.id}`,
      ...(authorizer ? { authorizationType: 'CUSTOM', authorizerId: authorizer.authorizer.id } : {}),
      ...(replies ? { routeResponseSelectionExpression: responseKey } : {}),
      // AWS deletes neither an integration nor an authorizer while a route names it.
      lifecycle: replacedWith(integration.integration, ...(authorizer ? [authorizer.authorizer] : [])),
    });
    if (replies) {
      this.response = new Apigatewayv2RouteResponse(this, 'response', {
        apiId: api.id,
        routeId: this.route.id,
        routeResponseKey: responseKey,
      });
    }
    this.permission = new LambdaPermission(this, 'permission', {
      action: 'lambda:InvokeFunction',
      functionName: handler.function.functionName,
      principal: 'apigateway.amazonaws.com',
      sourceArn: api.routeArn(routeKey),
      lifecycle: replacedWith(handler.function),
    });
  }
}
