import {
  type ApiGatewayV2Client,
  type Api as AwsApi,
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

/** Finds the two APIs: one of each protocol, and no other. */
export async function findApis({ apiGateway }: Clients): Promise<{ webSocket: AwsApi; http: AwsApi }> {
  const { Items: apis = [] } = await apiGateway.send(new GetApisCommand());
  const [webSocket, http] = (['WEBSOCKET', 'HTTP'] as const).map((protocol) =>
    apis.find(({ ProtocolType }) => ProtocolType === protocol),
  );
  if (!webSocket || !http || apis.length !== 2) {
    throw new Error(`AWS has ${apis.map(({ ProtocolType }) => ProtocolType)}; expected one WEBSOCKET and one HTTP`);
  }
  return { webSocket, http };
}

/** Reads the WebSocket API back. @param state names the route responses: moto cannot list them */
export async function readApi(
  { apiGateway }: Clients,
  { ApiId: id = '', RouteSelectionExpression: routeSelectionExpression }: AwsApi,
  state: State,
): Promise<Api> {
  const { Items: routes = [] } = await apiGateway.send(new GetRoutesCommand({ ApiId: id }));

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
    stages: await readStages(apiGateway, id),
  };
}

export async function readStages(
  apiGateway: ApiGatewayV2Client,
  ApiId: string | undefined,
): Promise<ComparableStack['stages']> {
  const { Items: stages = [] } = await apiGateway.send(new GetStagesCommand({ ApiId }));
  return Object.fromEntries(
    stages.map(({ StageName = '', StageVariables: variables = {}, DefaultRouteSettings: defaults }) => {
      const { ThrottlingRateLimit: rateLimit, ThrottlingBurstLimit: burstLimit } = defaults ?? {};
      return [StageName, { variables, defaultThrottling: { rateLimit, burstLimit } }];
    }),
  );
}

/** The ARN of the function that an integration or an authorizer invokes. */
export const invoked = (uri = ''): string | undefined => /\/functions\/(.+)\/invocations$/.exec(uri)?.[1];
