// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { type Credentials, type LocalStack, type LocalStackOptions, startLocalStack } from '../../../src/index.ts';
import { writeEchoStack } from '../../fixtures/echo-stack.ts';
import { temporaryFolder } from '../../stack/set-up.ts';
import { ask } from './ask.ts';

export { ask, askSigned } from './ask.ts';

export type Json = Record<string, unknown>;
export type Resources = Record<string, Record<string, Json>>;

/**
 * Does what the headers of the request ask for: `x-throw` a message, `x-return` JSON to return, `x-hang`, `x-credentials`
 * its own. Otherwise it returns its event.
 */
const handler = `
export const handler = async (event) => {
  const { headers } = event;
  if (headers['x-throw']) throw new Error(headers['x-throw']);
  if (headers['x-return']) return JSON.parse(headers['x-return']);
  if (headers['x-hang']) await new Promise(() => setInterval(() => {}, 1000));
  if (headers['x-credentials']) {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
    return { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, sessionToken: AWS_SESSION_TOKEN };
  }
  return event;
};`;

/** Routes by their keys, with what they say beside it. */
export type Routes = Readonly<Record<string, Json>>;

export interface HttpStackParts {
  readonly routes?: Routes;
  /** By name. Default: `$default` alone. */
  readonly stages?: Readonly<Record<string, Json>>;
  /** Of the HTTP API. */
  readonly api?: Json;
  readonly change?: (resources: Resources) => void;
}

/** Writes the echo stack with an HTTP API beside its WebSocket API. @returns the stack file */
export function writeHttpStack({
  routes = { $default: {} },
  stages = { $default: {} },
  api = {},
  change,
}: HttpStackParts): string {
  const file = writeEchoStack(temporaryFolder());
  const stack = JSON.parse(readFileSync(file, 'utf8')) as { resource: Resources; output?: Json };
  const { resource } = stack;
  const merge = (type: string, parts: Record<string, Json>): void => {
    resource[type] = { ...resource[type], ...parts };
  };
  const ofApi = { api_id: '${aws_apigatewayv2_api.http.id}' };
  merge('aws_apigatewayv2_api', { http: { name: 'http', protocol_type: 'HTTP', ...api } });
  merge('aws_iam_role', {
    http: { name: 'http', assume_role_policy: resource.aws_iam_role?.echo?.assume_role_policy },
  });
  merge('aws_iam_role_policy_attachment', {
    http: {
      role: '${aws_iam_role.http.name}',
      policy_arn: 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
    },
  });
  merge('aws_lambda_function', {
    http: {
      function_name: 'http',
      role: '${aws_iam_role.http.arn}',
      filename: 'http.zip',
      handler: 'index.handler',
      runtime: 'nodejs22.x',
      environment: { variables: { API: '${aws_apigatewayv2_api.http.api_endpoint}' } },
    },
  });
  merge('aws_lambda_permission', {
    http: {
      action: 'lambda:InvokeFunction',
      function_name: '${aws_lambda_function.http.function_name}',
      principal: 'apigateway.amazonaws.com',
      source_arn: '${aws_apigatewayv2_api.http.execution_arn}/*',
    },
  });
  merge('aws_apigatewayv2_integration', {
    http: {
      ...ofApi,
      integration_type: 'AWS_PROXY',
      integration_uri: '${aws_lambda_function.http.invoke_arn}',
      payload_format_version: '2.0',
    },
  });
  merge(
    'aws_apigatewayv2_route',
    Object.fromEntries(
      Object.entries(routes).map(([routeKey, said], index) => [
        `http${index}`,
        {
          ...ofApi,
          route_key: routeKey,
          target: 'integrations/${aws_apigatewayv2_integration.http.id}',
          ...said,
        },
      ]),
    ),
  );
  merge(
    'aws_apigatewayv2_stage',
    Object.fromEntries(
      Object.entries(stages).map(([name, said], index) => [
        `http${index}`,
        { ...ofApi, name, auto_deploy: true, ...said },
      ]),
    ),
  );
  stack.output = {
    endpoint: { value: '${aws_apigatewayv2_api.http.api_endpoint}' },
    ...(Object.keys(stages).length > 0 && {
      invoke_url: { value: '${aws_apigatewayv2_stage.http0.invoke_url}' },
    }),
  };
  change?.(resource);
  writeFileSync(join(dirname(file), 'http.zip'), zipSync({ 'index.mjs': strToU8(handler) }));
  writeFileSync(file, JSON.stringify(stack));
  return file;
}

const started: LocalStack[] = [];

/** Starts such a stack; `stopAll` stops it. */
export async function startHttpStack(
  parts: HttpStackParts = {},
  options: Partial<LocalStackOptions> = {},
): Promise<LocalStack & { readonly httpApiUrl: string }> {
  const stack = await startLocalStack({ stackFile: writeHttpStack(parts), schedules: 'manual', ...options });
  started.push(stack);
  const { httpApiUrl } = stack;
  if (httpApiUrl === undefined) throw new Error('the stack has no HTTP API');
  return { ...stack, httpApiUrl };
}

export async function stopAll(): Promise<void> {
  await Promise.all(started.splice(0).map((stack) => stack.stop()));
}

/** The credentials of the stack's own function, which tells them. */
export async function functionCredentials(stack: { readonly httpApiUrl: string }, path = '/'): Promise<Credentials> {
  return (await ask(stack.httpApiUrl, path, { headers: { 'x-credentials': '1' } })).json;
}

/** Adds a user pool with a client, and a JWT authorizer named `jwt` on them, or on another issuer. */
export function addJwtAuthorizer(resources: Resources, configuration: Json = {}, others: Json = {}): void {
  const add = (type: string, parts: Record<string, Json>): void => {
    resources[type] = { ...resources[type], ...parts };
  };
  add('aws_cognito_user_pool', { people: { name: 'people' } });
  add('aws_cognito_user_pool_client', { web: { name: 'web', user_pool_id: '${aws_cognito_user_pool.people.id}' } });
  add('aws_apigatewayv2_authorizer', {
    jwt: {
      api_id: '${aws_apigatewayv2_api.http.id}',
      name: 'jwt',
      authorizer_type: 'JWT',
      identity_sources: ['$request.header.Authorization'],
      jwt_configuration: {
        issuer: 'https://${aws_cognito_user_pool.people.endpoint}',
        audience: ['${aws_cognito_user_pool_client.web.id}'],
        ...configuration,
      },
      ...others,
    },
  });
}

/** What a route with that authorizer says. */
export const jwtRoute = { authorization_type: 'JWT', authorizer_id: '${aws_apigatewayv2_authorizer.jwt.id}' };
