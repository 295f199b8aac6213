import { Apigatewayv2Integration } from '@cdktf/provider-aws/lib/apigatewayv2-integration/index.js';
import { Apigatewayv2Route } from '@cdktf/provider-aws/lib/apigatewayv2-route/index.js';
import { Apigatewayv2RouteResponse } from '@cdktf/provider-aws/lib/apigatewayv2-route-response/index.js';
import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission/index.js';
import type { TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import { replacedWithEach } from './lifecycles.ts';
import type { WebSocketApi } from './web-socket-api.ts';

export interface ExtraRoutesProps {
  readonly api: WebSocketApi;
  /** Name of the Terraform variable: a map of actions to `{ function_arn, reply }`. */
  readonly variable: string;
}

/** The only key that AWS supports, for the selection expression and for the response. */
const responseKey = '$default';

/**
 * Sends messages with actions of somebody else to somebody else's functions, and lets those routes, and nothing else of
 * this API, invoke them. Terraform alone knows which there are (`for_each`), when it plans.
 *
 * Such a function gets what ours get, the connection's ID and the authorizer's verdict among it. It answers for itself:
 * the budget of a connection counts what our functions refuse.
 */
export class ExtraRoutes extends Construct {
  /** What the stage must wait for. */
  readonly parts: readonly TerraformResource[];

  constructor(scope: Construct, id: string, { api, variable }: ExtraRoutesProps) {
    super(scope, id);
    const integration = new Apigatewayv2Integration(this, 'integration', {
      apiId: api.id,
      integrationType: 'AWS_PROXY',
      integrationMethod: 'POST', // Lambda takes no other, whatever the client does
      // What `invoke_arn` is for a function that Terraform does not make.
      integrationUri: `\${${invokeArn}}`,
    });
    const route = new Apigatewayv2Route(this, 'route', {
      apiId: api.id,
      routeKey: `\${each.key}`,
      target: `integrations/\${${integration.fqn}[each.key].id}`,
      routeResponseSelectionExpression: `\${each.value.reply ? "${responseKey}" : null}`,
      // AWS deletes no integration while a route names it.
      lifecycle: replacedWithEach(integration),
    });
    const response = new Apigatewayv2RouteResponse(this, 'response', {
      apiId: api.id,
      routeId: `\${${route.fqn}[each.key].id}`,
      routeResponseKey: responseKey,
    });
    const permission = new LambdaPermission(this, 'permission', {
      action: 'lambda:InvokeFunction',
      functionName: `\${each.value.function_arn}`,
      principal: 'apigateway.amazonaws.com',
      sourceArn: api.routeArn(`\${each.key}`),
    });
    for (const resource of [integration, route, permission]) resource.addOverride('for_each', `\${var.${variable}}`);
    response.addOverride('for_each', `\${{ for action, extra in var.${variable} : action => extra if extra.reply }}`);
    this.parts = [integration, route, response, permission];
  }
}

const invokeArn =
  'join("", ["arn:", split(":", each.value.function_arn)[1], ":apigateway:", var.aws_region,' +
  ' ":lambda:path/2015-03-31/functions/", each.value.function_arn, "/invocations"])';
