import type { Access, FunctionDefinition } from './functions.ts';
import type { Permission } from './lambda-function.ts';
import { metricsNamespace } from './observability/metrics.ts';
import type { Settings } from './settings.ts';
import type { Tables } from './tables.ts';
import type { UserPool } from './user-pool.ts';
import type { VariableName } from './variables.ts';
import type { WebSocketApi } from './web-socket-api.ts';

/** What functions can be given. */
export interface Resources {
  readonly environment: string;
  readonly settings: Settings;
  readonly tables: Tables;
  readonly api: WebSocketApi;
  readonly userPool: UserPool;
}

/** A function's environment variables: its settings, and the names and addresses of what it may touch. */
export function environmentOf(
  name: string,
  { settings, access, verifiesTokens }: FunctionDefinition,
  resources: Resources,
): Record<string, string> {
  const { tables, api, userPool } = resources;
  const value = (variable: VariableName) => resources.settings.value(variable);
  return {
    ENVIRONMENT: resources.environment,
    POWERTOOLS_SERVICE_NAME: name,
    POWERTOOLS_METRICS_NAMESPACE: metricsNamespace(resources.environment),
    POWERTOOLS_LOG_LEVEL: value('log_level'),
    ...Object.fromEntries(settings.map((setting) => [setting, value(setting.toLowerCase() as VariableName)])),
    ...(access.sessions && { SESSIONS_TABLE: tables.sessions.name }),
    ...((access.connections || access.connectionsIndex) && { CONNECTIONS_TABLE: tables.connections.name }),
    ...(access.rateLimits && { RATE_LIMITS_TABLE: tables.rateLimits.name }),
    ...(access.management && { MANAGEMENT_ENDPOINT: api.managementEndpoint }),
    // An issuer's variables that are not in use are empty.
    ...(verifiesTokens && {
      USER_POOL_ID: userPool.userPoolId,
      USER_POOL_CLIENT_ID: userPool.clientId,
      OIDC_ISSUER: value('oidc_issuer'),
      OIDC_AUDIENCE: value('oidc_audience'),
      OIDC_JWKS_URI: value('oidc_jwks_uri'),
    }),
  };
}

/** Whether a function asks for items of any table. */
export const usesTables = ({ sessions, connections, connectionsIndex, rateLimits }: Access): boolean =>
  Boolean(sessions ?? connections ?? connectionsIndex ?? rateLimits);

/** What a function's role allows, one permission for each resource. */
export function permissionsOf(access: Access, { tables, api }: Resources, functionArn: string): Permission[] {
  const on = (service: string, actions: readonly string[] | undefined, resource: string): Permission[] =>
    actions ? [{ actions: actions.map((action) => `${service}:${action}`), resources: [resource] }] : [];
  return [
    ...on('dynamodb', access.sessions, tables.sessions.arn),
    ...on('dynamodb', access.connections, tables.connections.arn),
    ...on('dynamodb', access.connectionsIndex, tables.connectionsIndexArn),
    ...on('dynamodb', access.rateLimits, tables.rateLimits.arn),
    ...on('lambda', access.itself, functionArn),
    ...(access.management ?? []).map((verb) => ({
      actions: ['execute-api:ManageConnections'],
      resources: [api.connectionsArn(verb)],
    })),
  ];
}
