import { toBoolean, toList, toNumber, toText } from '../expressions/values.ts';
import type { Cors, HttpApi, HttpRoute, LambdaFunction, Stage } from '../model.ts';
import type { Module } from '../module.ts';
import type { ResourceInstance } from '../resource-instance.ts';
import {
  buildStage,
  integrationOf,
  integrationTimeoutMs,
  invokedFunction,
  type PartsOf,
  refuseOthers,
} from './api-parts.ts';
import { buildHttpAuthorization } from './http-authorizations.ts';

/** What is understood of each resource. */
const OF_API = [
  ...['name', 'protocol_type', 'cors_configuration', 'description', 'version', 'fail_on_warnings'],
  'ip_address_type', // one machine has both
];
const OF_ROUTE = ['api_id', 'route_key', 'target', 'operation_name'];
const OF_AUTHORIZATION = ['authorization_type', 'authorizer_id', 'authorization_scopes'];
const OF_INTEGRATION = [
  ...['api_id', 'integration_type', 'integration_uri', 'integration_method', 'payload_format_version'],
  ...['timeout_milliseconds', 'connection_type', 'description'],
];
const OF_STAGE = [
  ...['api_id', 'name', 'auto_deploy', 'deployment_id', 'default_route_settings', 'route_settings', 'stage_variables'],
  ...['access_log_settings', 'description'],
];

/** "Maximum integration timeout". @see "Quotas for configuring and running an HTTP API", API Gateway Developer Guide */
const LONGEST_TIMEOUT_MS = 30_000;
const ROUTE_KEY = /^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|ANY) (\/\S*)$/;
const SEGMENT = /^(\{[\w.-]+\}|[^{}]+)$/;
const LAST_SEGMENT = /^(\{[\w.-]+\+?\}|[^{}]+)$/;

/** Every HTTP API of the stack. @throws {StackResourceError} a part is missing or cannot be run here */
export function buildHttpApis(module: Module, functions: readonly LambdaFunction[]): HttpApi[] {
  return module
    .instancesOf('aws_apigatewayv2_api')
    .filter((api) => api.text('protocol_type') === 'HTTP')
    .map((api) => {
      refuseOthers(api, OF_API);
      const id = api.text('id');
      const ofApi = (type: string) => module.instancesOf(type).filter((part) => part.text('api_id') === id);
      const routes = buildRoutes(ofApi, functions);
      const cors = buildCors(api);
      return {
        id,
        name: api.text('name'),
        routes,
        stages: ofApi('aws_apigatewayv2_stage').map((stage) => buildHttpStage(stage, routes)),
        ...(cors && { cors }),
      };
    });
}

function buildRoutes(ofApi: PartsOf, functions: readonly LambdaFunction[]): HttpRoute[] {
  const routes = new Map<string, HttpRoute>();
  for (const route of ofApi('aws_apigatewayv2_route')) {
    refuseOthers(route, [...OF_ROUTE, ...OF_AUTHORIZATION]);
    const routeKey = route.text('route_key');
    if (routes.has(routeKey)) {
      throw route.fault('route_key', `another route of the API already has the key ${routeKey}`);
    }
    if (!isRouteKey(routeKey)) {
      throw route.fault(
        'route_key',
        `${JSON.stringify(routeKey)}: an HTTP API takes $default, or a method or ANY with a path, such as GET /orders/{orderId}; {name+} stands at its end only`,
      );
    }
    const integration = integrationOf(route, ofApi);
    refuseOthers(integration, OF_INTEGRATION);
    const version = integration.optionalText('payload_format_version') ?? '1.0';
    if (version !== '2.0') {
      throw integration.fault('payload_format_version', `${version} cannot be run here: set it to "2.0"`);
    }
    const connectionType = integration.optionalText('connection_type') ?? 'INTERNET';
    if (connectionType !== 'INTERNET') {
      throw integration.fault('connection_type', `${connectionType} cannot be run here: remove it`);
    }
    const authorization = buildHttpAuthorization(route, ofApi);
    routes.set(routeKey, {
      routeKey,
      functionArn: invokedFunction(integration, 'integration_uri', functions),
      integrationTimeoutMs: integrationTimeoutMs(integration, LONGEST_TIMEOUT_MS, 'an HTTP API'),
      ...(authorization && { authorization }),
    });
  }
  return [...routes.values()];
}

function isRouteKey(routeKey: string): boolean {
  if (routeKey === '$default') return true;
  const path = ROUTE_KEY.exec(routeKey)?.[2];
  if (path === undefined) return false;
  if (path === '/') return true;
  const segments = path.slice(1).split('/');
  return segments.every((segment, index) => (index < segments.length - 1 ? SEGMENT : LAST_SEGMENT).test(segment));
}

function buildHttpStage(stage: ResourceInstance, routes: readonly HttpRoute[]): Stage {
  refuseOthers(stage, OF_STAGE);
  const built = buildStage(stage);
  for (const routeKey of built.routeThrottling.keys()) {
    if (routes.some((route) => route.routeKey === routeKey)) continue;
    throw stage.fault('route_settings', `the API has no route ${JSON.stringify(routeKey)}`);
  }
  const format = stage.block('access_log_settings')?.format;
  return { ...built, ...(format !== undefined && { accessLogFormat: toText(format) }) };
}

function buildCors(api: ResourceInstance): Cors | undefined {
  const block = api.block('cors_configuration');
  if (block === undefined) return undefined;
  const texts = (name: string): string[] => {
    const value = block[name];
    return value === undefined || value === null ? [] : toList(value).map(toText);
  };
  const allowOrigins = texts('allow_origins');
  const allowCredentials = toBoolean(block.allow_credentials ?? false);
  if (allowCredentials && allowOrigins.includes('*')) {
    // As API Gateway does: aws/aws-cdk issue 9076.
    throw api.fault(
      'cors_configuration',
      'allow_credentials is not supported if allow_origins is *: name the origins, or set allow_credentials = false',
    );
  }
  const maxAge = block.max_age;
  return {
    allowOrigins,
    allowMethods: texts('allow_methods'),
    allowHeaders: texts('allow_headers'),
    exposeHeaders: texts('expose_headers'),
    allowCredentials,
    ...(maxAge !== undefined && maxAge !== null && { maxAgeSeconds: toNumber(maxAge) }),
  };
}
