import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { httpDomain } from './custom-domain.ts';
import { type FunctionName, type HttpRouteDefinition, httpRoutes } from './functions.ts';
import { HttpApi } from './http-api.ts';
import { HttpAuthorizer } from './http-authorizer.ts';
import { HttpIntegration } from './http-integration.ts';
import { type HttpAuthorization, HttpRoute } from './http-route.ts';
import { HttpStage } from './http-stage.ts';
import { kmsKeyArn } from './kms-access.ts';
import type { LambdaFunction } from './lambda-function.ts';
import { retentionDays } from './log-retention.ts';
import { AccessLog } from './observability/access-log.ts';
import { httpAccessLogFields } from './observability/http-access-log.ts';
import type { Settings } from './settings.ts';
import { throttlingOfHttpStage } from './stage-throttling.ts';
import type { UserPool } from './user-pool.ts';

export interface SessionsHttpApiProps {
  readonly name: string;
  readonly settings: Settings;
  readonly userPool: UserPool;
  readonly lambdas: Readonly<Record<FunctionName, LambdaFunction>>;
  readonly isProtected: boolean;
  /** What must be there before the stage. */
  readonly after: readonly ITerraformDependable[];
}

/** The HTTP API of an environment: `httpRoutes`, and what lets callers in. */
export class SessionsHttpApi extends Construct {
  readonly api: HttpApi;
  readonly stage: HttpStage;

  constructor(scope: Construct, id: string, props: SessionsHttpApiProps) {
    super(scope, id);
    const { name, settings, userPool, lambdas, isProtected, after } = props;
    this.api = new HttpApi(this, 'api', {
      name,
      domainVariable: httpDomain.domainVariable,
      originsVariable: 'http_allowed_origins',
      ipAddressType: settings.value('ip_address_type'),
      isProtected,
    });
    const { issuer, audience } = userPool;
    const speaker = new HttpAuthorizer(this, 'speaker', { api: this.api, name: 'speaker', issuer, audience });
    const authorizations: Record<HttpRouteDefinition['authorization'], HttpAuthorization> = {
      token: speaker,
      signature: 'iam',
      none: 'none',
    };
    const routes = Object.entries<HttpRouteDefinition>(httpRoutes);
    const handlers = [...new Set(routes.map(([, { handler }]) => handler))];
    const integrations = Object.fromEntries(
      handlers.map((handler) => [
        handler,
        new HttpIntegration(this, `to-${handler}`, { api: this.api, handler: lambdas[handler] }),
      ]),
    ) as Record<FunctionName, HttpIntegration>;
    const accessLog = new AccessLog(this, 'access-log', {
      name: `/aws/apigateway/${name}`,
      fields: httpAccessLogFields,
      retentionDays: retentionDays('var.data_retention_hours'),
      kmsKeyId: kmsKeyArn,
    });
    this.stage = new HttpStage(this, 'stage', {
      api: this.api,
      after,
      accessLogSettings: accessLog.stageSettings,
      routes: routes.map(
        ([routeKey, { handler, authorization }]) =>
          new HttpRoute(this, idOf(routeKey), {
            integration: integrations[handler],
            routeKey,
            authorization: authorizations[authorization],
          }),
      ),
      throttling: throttlingOfHttpStage,
    });
  }
}

/** `GET /sessions/{sessionId}` as the id of a construct, which has neither slashes nor braces: `get-sessions-sessionId`. */
const idOf = (routeKey: string): string => {
  const [method = '', path = ''] = routeKey.split(' ');
  return `${method.toLowerCase()}${path.replaceAll('/', '-').replaceAll(/[{}]/g, '')}`;
};
