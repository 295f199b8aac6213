import type { FailureQueue } from './failure-queue.ts';
import type { Access, FailureQueueName, FunctionDefinition, FunctionName } from './functions.ts';
import type { HmacKey } from './hmac-key.ts';
import type { Permission } from './lambda-function.ts';
import type { LifecycleEvents } from './lifecycle-events.ts';
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
  readonly hmacKey: HmacKey;
  readonly events: LifecycleEvents;
  readonly failureQueues: Readonly<Record<FailureQueueName, FailureQueue>>;
  /** A function's name, which it may know before it is made: its own. */
  nameOf(name: FunctionName): string;
  /** A function's ARN. @throws {Error} the function is made later */
  arnOf(name: FunctionName): string;
}

/** A function's environment variables: its settings, and the names and addresses of what it may touch. */
export function environmentOf(
  name: string,
  { settings, access, verifiesTokens, usesHmacKey }: FunctionDefinition,
  resources: Resources,
): Record<string, string> {
  const { tables, api, userPool, hmacKey, events } = resources;
  const value = (variable: VariableName) => resources.settings.value(variable);
  return {
    ENVIRONMENT: resources.environment,
    POWERTOOLS_SERVICE_NAME: name,
    POWERTOOLS_METRICS_NAMESPACE: metricsNamespace(resources.environment),
    POWERTOOLS_LOG_LEVEL: value('log_level'),
    ...Object.fromEntries(settings.map((setting) => [setting, value(setting.toLowerCase() as VariableName)])),
    ...((access.sessions || access.sessionsIndex) && { SESSIONS_TABLE: tables.sessions.name }),
    ...((access.connections || access.connectionsIndex) && { CONNECTIONS_TABLE: tables.connections.name }),
    ...(access.rateLimits && { RATE_LIMITS_TABLE: tables.rateLimits.name }),
    ...(access.messages && { MESSAGES_TABLE: tables.messages.name }),
    ...(access.management && { MANAGEMENT_ENDPOINT: api.managementEndpoint }),
    ...((access.deliverer || name === 'deliverer') && { DELIVERER_FUNCTION: resources.nameOf('deliverer') }),
    ...(access.eventBus && { EVENT_BUS_NAME: events.busName, EVENT_SOURCE: events.source }),
    ...(usesHmacKey && { HMAC_KEY: hmacKey.value }),
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
export const usesTables = ({
  sessions,
  sessionsIndex,
  connections,
  connectionsIndex,
  rateLimits,
  messages,
}: Access): boolean =>
  [sessions, sessionsIndex, connections, connectionsIndex, rateLimits, messages].some(
    (actions) => actions !== undefined,
  );

/** What a function's role allows, one permission for each resource. */
export function permissionsOf(
  { access, changes, failureQueue }: FunctionDefinition,
  resources: Resources,
  functionArn: string,
): Permission[] {
  const { tables, api, events, failureQueues } = resources;
  const on = (service: string, actions: readonly string[] | undefined, resource: () => string): Permission[] =>
    actions ? [{ actions: actions.map((action) => `${service}:${action}`), resources: [resource()] }] : [];
  return [
    ...on('dynamodb', access.sessions, () => tables.sessions.arn),
    ...on('dynamodb', access.sessionsIndex, () => tables.sessionsIndexArn),
    ...on('dynamodb', access.connections, () => tables.connections.arn),
    ...on('dynamodb', access.connectionsIndex, () => tables.connectionsIndexArn),
    ...on('dynamodb', access.rateLimits, () => tables.rateLimits.arn),
    ...on('dynamodb', access.messages, () => tables.messages.arn),
    ...on('lambda', access.itself, () => functionArn),
    ...on('lambda', access.deliverer, () => resources.arnOf('deliverer')),
    ...on('events', access.eventBus, () => events.busArn),
    ...(access.management ?? []).map((verb) => ({
      actions: ['execute-api:ManageConnections'],
      resources: [api.connectionsArn(verb)],
    })),
    // Lambda reads the stream, and sends to the queue, in the function's name.
    ...on('dynamodb', changes && ['DescribeStream', 'GetRecords', 'GetShardIterator'], () => tables.sessions.streamArn),
    ...on('dynamodb', changes && ['ListStreams'], () => '*'), // has no resource in IAM
    ...on('sqs', failureQueue && ['SendMessage'], () => failureQueues[failureQueue as FailureQueueName].arn),
  ];
}
