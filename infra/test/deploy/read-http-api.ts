import {
  type Api,
  GetAuthorizerCommand,
  GetIntegrationCommand,
  GetRoutesCommand,
  type Route,
} from '@aws-sdk/client-apigatewayv2';
import type { Clients } from './clients.ts';
import type { ComparableStack } from './comparable.ts';
import { invoked, readStages } from './read-api.ts';

/** Reads an HTTP API back. */
export async function readHttpApi(
  { apiGateway }: Clients,
  { ApiId }: Api,
): Promise<Pick<ComparableStack, 'httpRoutes' | 'httpStages'>> {
  const { Items: routes = [] } = await apiGateway.send(new GetRoutesCommand({ ApiId }));

  async function authorizationOf({ AuthorizationType, AuthorizerId }: Route): Promise<object> {
    if (AuthorizationType === 'AWS_IAM') return { authorization: { kind: 'iam' } };
    if (AuthorizationType !== 'JWT') return {};
    const authorizer = await apiGateway.send(new GetAuthorizerCommand({ ApiId, AuthorizerId }));
    const { Issuer: issuer, Audience: audience } = authorizer.JwtConfiguration ?? {};
    const [identitySource] = authorizer.IdentitySource ?? [];
    return {
      authorization: { kind: 'jwt', authorizerId: AuthorizerId, issuer, audience, identitySource, scopes: [] },
    };
  }

  async function readRoute(route: Route): Promise<object> {
    const IntegrationId = route.Target?.replace(/^integrations\//, '');
    const integration = await apiGateway.send(new GetIntegrationCommand({ ApiId, IntegrationId }));
    return {
      functionArn: invoked(integration.IntegrationUri),
      integrationTimeoutMs: integration.TimeoutInMillis,
      ...(await authorizationOf(route)),
    };
  }

  return {
    httpRoutes: Object.fromEntries(
      await Promise.all(routes.map(async (route) => [route.RouteKey ?? '', await readRoute(route)])),
    ),
    httpStages: await readStages(apiGateway, ApiId),
  };
}
