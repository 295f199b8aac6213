// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { readFileSync, writeFileSync } from 'node:fs';
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { LocalStack } from '../../src/index.ts';
import { ask, connect, writeShop } from '../local-stack/set-up.ts';

type Json = Record<string, unknown>;
type Resources = Record<string, Record<string, Json>>;

/** A statement that lets the shop's function do its part: most tests take something away from this. */
export const shopMay = {
  read: { Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: '${aws_dynamodb_table.orders.arn}' },
  search: { Effect: 'Allow', Action: 'dynamodb:Query', Resource: '${aws_dynamodb_table.orders.arn}/index/by-day' },
  write: { Effect: 'Allow', Action: 'dynamodb:BatchWriteItem', Resource: '${aws_dynamodb_table.orders.arn}' },
  invoke: { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: '${aws_lambda_function.buy.arn}' },
  post: {
    Effect: 'Allow',
    Action: 'execute-api:ManageConnections',
    Resource: '${aws_apigatewayv2_api.shop.execution_arn}/dev/POST/@connections/*',
  },
} as const;

/** Writes the shop with changes: its function's policy, and whatever else. @returns the stack file */
export function writeShopWith(change: (resource: Resources) => void): string {
  const file = writeShop();
  const stack = JSON.parse(readFileSync(file, 'utf8')) as { resource: Resources };
  change(stack.resource);
  writeFileSync(file, JSON.stringify(stack));
  return file;
}

/** Writes the shop with this policy for its function, which may still write its log. */
export function writeShopWithPolicy(statements: readonly object[]): string {
  return writeShopWith(({ aws_iam_role_policy: policies }) => {
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: statements });
    Object.assign(policies?.buy ?? {}, { policy });
  });
}

/** The SDK's clients with a function's own credentials, which it tells when it is asked. */
export async function clientsOfFunction(stack: LocalStack) {
  const socket = await connect(stack.webSocketUrl);
  const env = (name: string) => ask(socket, { action: 'buy', env: name });
  const credentials = {
    accessKeyId: await env('AWS_ACCESS_KEY_ID'),
    secretAccessKey: await env('AWS_SECRET_ACCESS_KEY'),
    sessionToken: await env('AWS_SESSION_TOKEN'),
  };
  return clients(stack, credentials);
}

export function clients(
  { endpoint }: LocalStack,
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
  region = 'eu-west-1',
) {
  const settings = { endpoint, credentials, region, maxAttempts: 1 };
  return {
    credentials,
    dynamoDb: new DynamoDBClient(settings),
    lambda: new LambdaClient(settings),
    management: new ApiGatewayManagementApiClient({ ...settings, endpoint: `${endpoint}/dev` }),
  };
}

/** How a call of the SDK fails. */
export async function refusalOf(call: Promise<unknown>): Promise<{ name: string; message: string; status: unknown }> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { name, message, status: $metadata?.httpStatusCode };
  }
  throw new Error('expected an error');
}
