import { toNumber, toText } from '../expressions/values.ts';
import type { Authorizer, LambdaFunction, Route, Stage, Throttling, WebSocketApi } from '../model.ts';
import type { Module } from '../module.ts';
import type { ResourceInstance } from '../resource-instance.ts';
import { functionNameOf } from '../resources/lambda.ts';

/** Every WebSocket API of the stack. @throws {StackResourceError} a part is missing or cannot be run here */
export function buildApis(module: Module, functions: readonly LambdaFunction[]): WebSocketApi[] {
  // Its address is what functions would send to: that of the deployed API.
  const [domain] = module.instancesOf('aws_apigatewayv2_domain_name');
  if (domain) throw domain.fault('domain_name', 'a domain cannot be run here: leave it out');
  return module
    .instancesOf('aws_apigatewayv2_api')
    .filter((api) => api.text('protocol_type') === 'WEBSOCKET')
    .map((api) => {
      const id = api.text('id');
      const ofApi = (type: string) => module.instancesOf(type).filter((part) => part.text('api_id') === id);
      return {
        id,
        name: api.text('name'),
        routeSelectionExpression: api.text('route_selection_expression'),
        routes: buildRoutes(ofApi, functions),
        stages: ofApi('aws_apigatewayv2_stage').map(buildStage),
      };
    });
}

const PLATFORM_ROUTES = new Set(['$connect', '$disconnect', '$default']);
/** Of an integration. @see facts page, section 7 */
const SHORTEST_TIMEOUT_MS = 50;
const LONGEST_TIMEOUT_MS = 29_000;
/** What decides in the cloud whether a message reaches its function, and would be passed over here. */
const NOT_EVALUATED = [
  ['model_selection_expression', 'validation of messages'],
  ['request_models', 'validation of messages'],
  ['api_key_required', 'an API key'],
] as const;

const isSet = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== false &&
  !(typeof value === 'object' && Object.keys(value).length === 0);

type PartsOf = (type: string) => ResourceInstance[];

function buildRoutes(ofApi: PartsOf, functions: readonly LambdaFunction[]): Map<string, Route> {
  const integrations = new Map(ofApi('aws_apigatewayv2_integration').map((part) => [part.text('id'), part]));
  const responses = ofApi('aws_apigatewayv2_route_response');
  const routes = new Map<string, Route>();
  for (const route of ofApi('aws_apigatewayv2_route')) {
    const routeKey = route.text('route_key');
    if (routes.has(routeKey))
      throw route.fault('route_key', `another route of the API already has the key ${routeKey}`);
    if (routeKey.startsWith('$') && !PLATFORM_ROUTES.has(routeKey))
      throw route.fault('route_key', `${routeKey}: only $connect, $disconnect and $default may start with $`);
    for (const [attribute, what] of NOT_EVALUATED) {
      if (isSet(route.optional(attribute))) throw route.fault(attribute, `${what} cannot be run here: remove it`);
    }
    const target = route.optionalText('target') ?? '';
    const integration = integrations.get(target.replace(/^integrations\//, ''));
    if (!target.startsWith('integrations/') || !integration) {
      throw route.fault('target', `the API has no integration ${JSON.stringify(target)} (expected integrations/<id>)`);
    }
    const type = integration.text('integration_type');
    if (type !== 'AWS_PROXY') throw integration.fault('integration_type', `${type} cannot be run here, only AWS_PROXY`);
    // Facts 5: one without the other is silent in the cloud, so it has to be silent here.
    const hasRouteResponse =
      route.optionalText('route_response_selection_expression') === '$default' &&
      responses.some(
        (response) =>
          response.text('route_id') === route.text('id') && response.text('route_response_key') === '$default',
      );
    const integrationTimeoutMs = integration.optionalNumber('timeout_milliseconds') ?? LONGEST_TIMEOUT_MS;
    if (integrationTimeoutMs < SHORTEST_TIMEOUT_MS || integrationTimeoutMs > LONGEST_TIMEOUT_MS) {
      const range = `${SHORTEST_TIMEOUT_MS} to ${LONGEST_TIMEOUT_MS} ms`;
      throw integration.fault('timeout_milliseconds', `${integrationTimeoutMs}: a WebSocket API takes ${range}`);
    }
    const authorizer = buildAuthorizer(route, routeKey, ofApi, functions);
    routes.set(routeKey, {
      routeKey,
      functionArn: invokedFunction(integration, 'integration_uri', functions),
      integrationTimeoutMs,
      hasRouteResponse,
      ...(authorizer && { authorizer }),
    });
  }
  return routes;
}

function buildAuthorizer(
  route: ResourceInstance,
  routeKey: string,
  ofApi: PartsOf,
  functions: readonly LambdaFunction[],
): Authorizer | undefined {
  const type = route.optionalText('authorization_type') ?? 'NONE';
  if (type === 'NONE') return undefined;
  if (type !== 'CUSTOM') throw route.fault('authorization_type', `${type} cannot be run here, only CUSTOM and NONE`);
  if (routeKey !== '$connect') throw route.fault('authorization_type', 'API Gateway authorizes $connect only');
  const id = route.optionalText('authorizer_id');
  const authorizer = ofApi('aws_apigatewayv2_authorizer').find((candidate) => candidate.text('id') === id);
  if (!authorizer) throw route.fault('authorizer_id', `the API has no authorizer ${JSON.stringify(id)}`);
  const authorizerType = authorizer.text('authorizer_type');
  if (authorizerType !== 'REQUEST') {
    throw authorizer.fault('authorizer_type', `a WebSocket API takes REQUEST only, not ${authorizerType}`);
  }
  return {
    id: authorizer.text('id'),
    functionArn: invokedFunction(authorizer, 'authorizer_uri', functions),
    identitySources: authorizer.texts('identity_sources'),
  };
}

/** The function behind an `invoke_arn`. */
function invokedFunction(part: ResourceInstance, attribute: string, functions: readonly LambdaFunction[]): string {
  const uri = part.text(attribute);
  const reference = /:lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/.exec(uri)?.[1];
  // A plain function ARN deploys, and then answers every message with an error: facts 8.2.
  if (reference === undefined) throw part.fault(attribute, `${uri} is not the invoke_arn of a function`);
  const name = functionNameOf(reference);
  const fn = functions.find((candidate) => candidate.name === name);
  if (!fn) throw part.fault(attribute, `the stack has no function ${name}`);
  return fn.arn;
}

function buildStage(stage: ResourceInstance): Stage {
  if (stage.optional('deployment_id') === undefined && stage.optionalBoolean('auto_deploy') !== true) {
    throw stage.fault('deployment_id', 'nothing is deployed to the stage: set deployment_id or auto_deploy');
  }
  const defaults = stage.block('default_route_settings');
  const variables = stage.block('stage_variables') ?? {};
  return {
    name: stage.text('name'),
    variables: Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, toText(value)])),
    ...(defaults && { defaultThrottling: throttling(defaults) }),
    routeThrottling: new Map(
      stage.blocks('route_settings').map((settings) => [toText(settings.route_key), throttling(settings)]),
    ),
  };
}

/** The provider sends 0 for what the block does not say, and 0 refuses every request: facts 8.3. */
const throttling = (settings: Readonly<Record<string, unknown>>): Throttling => ({
  rateLimit: toNumber(settings.throttling_rate_limit ?? 0),
  burstLimit: toNumber(settings.throttling_burst_limit ?? 0),
});
