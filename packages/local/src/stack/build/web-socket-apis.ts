import type { Authorizer, LambdaFunction, Route, WebSocketApi } from '../model.ts';
import type { Module } from '../module.ts';
import type { ResourceInstance } from '../resource-instance.ts';
import { buildStage, integrationOf, integrationTimeoutMs, invokedFunction, isSet, type PartsOf } from './api-parts.ts';

/** Every WebSocket API of the stack. @throws {StackResourceError} a part is missing or cannot be run here */
export function buildWebSocketApis(module: Module, functions: readonly LambdaFunction[]): WebSocketApi[] {
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
const LONGEST_TIMEOUT_MS = 29_000;
/** What decides in the cloud whether a message reaches its function, and would be passed over here. */
const NOT_EVALUATED = [
  ['model_selection_expression', 'validation of messages'],
  ['request_models', 'validation of messages'],
  ['api_key_required', 'an API key'],
] as const;

function buildRoutes(ofApi: PartsOf, functions: readonly LambdaFunction[]): Map<string, Route> {
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
    const integration = integrationOf(route, ofApi);
    // Facts 5: one without the other is silent in the cloud, so it has to be silent here.
    const hasRouteResponse =
      route.optionalText('route_response_selection_expression') === '$default' &&
      responses.some(
        (response) =>
          response.text('route_id') === route.text('id') && response.text('route_response_key') === '$default',
      );
    const authorizer = buildAuthorizer(route, routeKey, ofApi, functions);
    routes.set(routeKey, {
      routeKey,
      functionArn: invokedFunction(integration, 'integration_uri', functions),
      integrationTimeoutMs: integrationTimeoutMs(integration, LONGEST_TIMEOUT_MS, 'a WebSocket API'),
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
