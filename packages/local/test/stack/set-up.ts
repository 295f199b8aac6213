// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stack } from '../../src/stack/model.ts';
import { readStack } from '../../src/stack/read-stack.ts';

type Json = Record<string, unknown>;

const folders: string[] = [];

/** A folder that is deleted after the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'local-test-'));
  folders.push(folder);
  return folder;
}

export function removeTemporaryFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** Writes a stack as cdktf does, with an (empty) package `function.zip` beside it. */
export function writeStack(parts: Json): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'function.zip'), '');
  const file = join(folder, 'cdk.tf.json');
  const top = { '//': { metadata: { backend: 'local', stackName: 'shop-dev', version: '0.21.0' } }, resource: {} };
  writeFileSync(file, JSON.stringify({ ...top, ...parts }));
  return file;
}

/** Reads a stack of these parts; its APIs are at `ws://127.0.0.1:4510`. */
export const read = (parts: Json, variables: Json = {}): Promise<Stack> =>
  readStack(writeStack(parts), { variables, apiEndpoint: () => 'ws://127.0.0.1:4510' });

/** What a Terraform expression evaluates to, through an output. */
export async function evaluated(expression: string, parts: Json = {}, variables: Json = {}): Promise<unknown> {
  const stack = await read({ ...parts, output: { result: { value: expression } } }, variables);
  return stack.outputs.result;
}

/** The error that reading throws: its class's name and its line. */
export async function failureOf(reading: Promise<unknown>): Promise<string> {
  try {
    await reading;
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
  throw new Error('expected an error');
}

/** The parts of an API with one function, complete enough to run. */
export const shop = (): Json => ({
  provider: { aws: [{ region: 'eu-west-1' }] },
  data: {
    aws_iam_policy_document: {
      orders: {
        statement: [
          {
            actions: ['dynamodb:GetItem'],
            resources: ['${aws_dynamodb_table.orders.arn}', '${aws_dynamodb_table.orders.arn}/index/*'],
            condition: [{ test: 'StringEquals', variable: 'aws:RequestedRegion', values: ['eu-west-1'] }],
          },
        ],
      },
    },
  },
  resource: {
    aws_dynamodb_table: {
      orders: {
        name: 'shop-orders',
        billing_mode: 'PAY_PER_REQUEST',
        hash_key: 'orderId',
        attribute: [
          { name: 'orderId', type: 'S' },
          { name: 'day', type: 'N' },
        ],
        global_secondary_index: [{ name: 'by-day', hash_key: 'day', projection_type: 'KEYS_ONLY' }],
        ttl: { attribute_name: 'expiresAt', enabled: true },
      },
    },
    aws_iam_role: {
      buy: {
        name: 'shop-buy',
        assume_role_policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
        }),
      },
    },
    aws_iam_role_policy: {
      buy: {
        name: 'orders',
        role: '${aws_iam_role.buy.name}',
        policy: '${data.aws_iam_policy_document.orders.json}',
      },
    },
    aws_iam_role_policy_attachment: {
      buy: {
        role: '${aws_iam_role.buy.name}',
        policy_arn: 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
      },
    },
    aws_lambda_function: {
      buy: {
        function_name: 'shop-buy',
        role: '${aws_iam_role.buy.arn}',
        filename: 'function.zip',
        handler: 'index.handler',
        runtime: 'nodejs22.x',
        timeout: 5,
        environment: {
          variables: {
            TABLE: '${aws_dynamodb_table.orders.name}',
            MANAGEMENT:
              '${replace(aws_apigatewayv2_api.shop.api_endpoint, "/^ws/", "http")}/${aws_apigatewayv2_stage.dev.name}',
            ATTEMPTS: 3,
          },
        },
      },
    },
    aws_lambda_permission: {
      buy: {
        action: 'lambda:InvokeFunction',
        function_name: '${aws_lambda_function.buy.function_name}',
        principal: 'apigateway.amazonaws.com',
        source_arn: '${aws_apigatewayv2_api.shop.execution_arn}/dev/buy',
      },
    },
    aws_lambda_function_event_invoke_config: {
      buy: { function_name: '${aws_lambda_function.buy.function_name}', maximum_retry_attempts: 1 },
    },
    aws_apigatewayv2_api: {
      shop: { name: 'shop', protocol_type: 'WEBSOCKET', route_selection_expression: '$request.body.action' },
    },
    aws_apigatewayv2_integration: {
      buy: {
        api_id: '${aws_apigatewayv2_api.shop.id}',
        integration_type: 'AWS_PROXY',
        integration_uri: '${aws_lambda_function.buy.invoke_arn}',
      },
    },
    aws_apigatewayv2_authorizer: {
      auth: {
        api_id: '${aws_apigatewayv2_api.shop.id}',
        name: 'auth',
        authorizer_type: 'REQUEST',
        authorizer_uri: '${aws_lambda_function.buy.invoke_arn}',
        identity_sources: ['route.request.querystring.token'],
      },
    },
    aws_apigatewayv2_route: {
      connect: {
        api_id: '${aws_apigatewayv2_api.shop.id}',
        route_key: '$connect',
        target: 'integrations/${aws_apigatewayv2_integration.buy.id}',
        authorization_type: 'CUSTOM',
        authorizer_id: '${aws_apigatewayv2_authorizer.auth.id}',
      },
      buy: {
        api_id: '${aws_apigatewayv2_api.shop.id}',
        route_key: 'buy',
        target: 'integrations/${aws_apigatewayv2_integration.buy.id}',
        route_response_selection_expression: '$default',
      },
    },
    aws_apigatewayv2_route_response: {
      buy: {
        api_id: '${aws_apigatewayv2_api.shop.id}',
        route_id: '${aws_apigatewayv2_route.buy.id}',
        route_response_key: '$default',
      },
    },
    aws_apigatewayv2_stage: {
      dev: {
        api_id: '${aws_apigatewayv2_api.shop.id}',
        name: 'dev',
        auto_deploy: true,
        default_route_settings: { throttling_rate_limit: 100, throttling_burst_limit: 50 },
      },
    },
    aws_cloudwatch_event_rule: { nightly: { name: 'shop-nightly', schedule_expression: 'rate(2 hours)' } },
    aws_cloudwatch_event_target: {
      nightly: {
        rule: '${aws_cloudwatch_event_rule.nightly.name}',
        arn: '${aws_lambda_function.buy.arn}',
        input: '{"clean":true}',
      },
    },
    aws_cognito_user_pool: { people: { name: 'people' } },
    aws_cognito_user_pool_client: {
      web: {
        name: 'web',
        user_pool_id: '${aws_cognito_user_pool.people.id}',
        access_token_validity: 20,
        token_validity_units: [{ access_token: 'minutes' }],
      },
    },
  },
  output: { url: { value: '${aws_apigatewayv2_stage.dev.invoke_url}' } },
});

/** The same, with one resource changed. */
export function shopWith(type: string, name: string, changes: Json): Json {
  const parts = shop();
  const resource = (parts.resource as Record<string, Record<string, Json>>)[type];
  if (resource?.[name]) Object.assign(resource[name], changes);
  return parts;
}
