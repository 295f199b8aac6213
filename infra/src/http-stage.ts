import { Apigatewayv2Stage } from '@cdktf/provider-aws/lib/apigatewayv2-stage/index.js';
import { type ITerraformDependable, Token } from 'cdktf';
import { Construct } from 'constructs';
import type { HttpApi } from './http-api.ts';
import type { HttpRoute } from './http-route.ts';

export interface HttpStageProps {
  readonly api: HttpApi;
  /** All of the API's routes. */
  readonly routes: readonly HttpRoute[];
  readonly throttling: {
    /** Requests a second, sustained; a Terraform expression. */
    readonly rateLimit: string;
    /** Requests at once; a Terraform expression. */
    readonly burstLimit: string;
  };
  /** `for_each` and `content` of the access log's settings; see `AccessLog`. */
  readonly accessLogSettings?: Readonly<Record<string, unknown>>;
  /** What must be there before, besides what the routes need. */
  readonly after?: readonly ITerraformDependable[];
}

/**
 * Puts an HTTP API's routes into service: the stage, which API Gateway deploys anew whenever one of them changes. It comes
 * last, when every permission and policy behind it exists.
 */
export class HttpStage extends Construct {
  readonly stage: Apigatewayv2Stage;

  constructor(scope: Construct, id: string, props: HttpStageProps) {
    super(scope, id);
    const { api, routes, throttling, accessLogSettings, after = [] } = props;
    const routeKeys = routes.map(({ routeKey }) => routeKey);
    const twice = routeKeys.find((routeKey, index) => routeKeys.indexOf(routeKey) !== index);
    if (twice !== undefined) throw new Error(`${this.node.path}: the route ${twice} is there twice`);

    this.stage = new Apigatewayv2Stage(this, 'stage', {
      apiId: api.id,
      name: api.stageName,
      // No deployment of our own: see docs/decisions/0010-no-deployment-resource.md.
      autoDeploy: true,
      // Without both values the provider sends 0 for them, and every request gets 429.
      defaultRouteSettings: {
        throttlingRateLimit: Token.asNumber(throttling.rateLimit),
        throttlingBurstLimit: Token.asNumber(throttling.burstLimit),
      },
      dependsOn: [
        ...deployedParts(routes),
        ...routes.map(({ permission }) => permission),
        ...new Set(routes.map(({ integration }) => integration.handler.policy)),
        ...after,
      ],
    });
    if (accessLogSettings) this.stage.addOverride('dynamic.access_log_settings', accessLogSettings);
  }
}

/** What is deployed, each once, in an order that does not depend on the order of `routes`. */
function deployedParts(routes: readonly HttpRoute[]) {
  const parts = routes.flatMap(({ integration, route, authorization }) => [
    integration.integration,
    route,
    ...(typeof authorization === 'string' ? [] : [authorization.authorizer]),
  ]);
  return [...new Set(parts)].sort((a, b) => (a.node.path < b.node.path ? -1 : 1));
}
