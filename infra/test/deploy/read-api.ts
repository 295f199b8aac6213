import {
  GetApisCommand,
  GetAuthorizerCommand,
  GetIntegrationCommand,
  GetRouteResponseCommand,
  GetRoutesCommand,
  GetStagesCommand,
  type Route,
} from '@aws-sdk/client-apigatewayv2';
import type { Clients } from './clients.ts';
import type { ComparableRoute, ComparableStack } from './comparable.ts';
import type { State } from './deployment.ts';

type Api = Pick<ComparableStack, 'routeSelectionExpression' | 'routes' | 'stages'> & { readonly id: string };

/** Reads the only API back. @param state names the route responses: moto cannot list them */
export async function readApi({ apiGateway }: Clients, state: State): Promise<Api> {
  const { Items: apis = [] } = await apiGateway.send(new GetApisCommand());
  const [{ ApiId: id = '', RouteSelectionExpression: routeSelectionExpression } = {}] = apis;
  if (apis.length !== 1) throw new Error(`AWS has ${apis.length} APIs; expected 1`);
  const { Items: routes = [] } = await apiGateway.send(new GetRoutesCommand({ ApiId: id }));
  const { Items: stages = [] } = await apiGateway.send(new GetStagesCommand({ ApiId: id }));

  const responseIds = new Map(
    state.resources
      .filter(({ type }) => type === 'aws_apigatewayv2_route_response')
      .map(({ attributes }) => [attributes.route_id, String(attributes.id)]),
  );
  const hasResponse = async ({ RouteId, RouteResponseSelectionExpression }: Route): Promise<boolean> => {
    const RouteResponseId = responseIds.get(RouteId);
    if (RouteResponseId === undefined) return false;
    const response = await apiGateway.send(new GetRouteResponseCommand({ ApiId: id, RouteId, RouteResponseId }));
    return RouteResponseSelectionExpression === '$default' && response.RouteResponseKey === '$default';
  };
  const authorizerOf = async ({
    AuthorizationType,
    AuthorizerId,
  }: Route): Promise<Pick<ComparableRoute, 'authorizer'>> => {
    if (AuthorizationType !== 'CUSTOM') return {};
    const authorizer = await apiGateway.send(new GetAuthorizerCommand({ ApiId: id, AuthorizerId }));
    const { AuthorizerUri, IdentitySource: identitySources = [] } = authorizer;
    return { authorizer: { id: AuthorizerId, functionArn: invoked(AuthorizerUri), identitySources } };
  };
  const readRoute = async (route: Route): Promise<ComparableRoute> => {
    const IntegrationId = route.Target?.replace(/^integrations\//, '');
    const integration = await apiGateway.send(new GetIntegrationCommand({ ApiId: id, IntegrationId }));
    return {
      functionArn: invoked(integration.IntegrationUri),
      integrationTimeoutMs: integration.TimeoutInMillis,
      hasRouteResponse: await hasResponse(route),
      ...(await authorizerOf(route)),
    };
  };
  return {
    id,
    routeSelectionExpression,
    routes: Object.fromEntries(
      await Promise.all(routes.map(async (route) => [route.RouteKey ?? '', await readRoute(route)])),
    ),
    stages: Object.fromEntries(
      stages.map(({ StageName = '', StageVariables: variables = {}, DefaultRouteSettings: defaults }) => {
        const { ThrottlingRateLimit: rateLimit, ThrottlingBurstLimit: burstLimit } = defaults ?? {};
        return [StageName, { variables, defaultThrottling: { rateLimit, burstLimit } }];
      }),
    ),
  };
}

const invoked = (uri = ''): string | undefined => /\/functions\/(.+)\/invocations$/.exec(uri)?.[1];
