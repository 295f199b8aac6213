// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import WebSocket from 'ws';
import { type LocalStack, type LocalStackOptions, startLocalStack } from '../../src/index.ts';
import { shop, writeStack } from '../stack/set-up.ts';

/** Answers with what the message asks for: `{action, env: NAME}`, or `{action, call: …}` a signed call of DynamoDB. */
const handler = `
import { createHash, createHmac } from 'node:crypto';
const sha256 = (data) => createHash('sha256').update(data).digest('hex');
const hmac = (key, data) => createHmac('sha256', key).update(data).digest();
export const handler = async ({ requestContext, body, clean, ping }) => {
  if (clean) return { cleaned: true };
  if (ping) return { pong: ping };
  if (requestContext.eventType !== 'MESSAGE') return { statusCode: 200 };
  const { env, call } = JSON.parse(body);
  if (env) return { statusCode: 200, body: String(process.env[env]) };
  const { AWS_ACCESS_KEY_ID: key, AWS_REGION: region, AWS_ENDPOINT_URL_DYNAMODB: endpoint } = process.env;
  const signed = {
    host: new URL(endpoint).host,
    'x-amz-date': '20261123T000000Z',
    'x-amz-security-token': process.env.AWS_SESSION_TOKEN,
    'x-amz-target': 'DynamoDB_20120810.' + call.operation,
  };
  const names = Object.keys(signed).join(';');
  const input = JSON.stringify(call.input);
  const lines = Object.entries(signed).map(([name, value]) => name + ':' + value);
  const request = ['POST', '/', '', ...lines, '', names, sha256(input)].join('\\n');
  const scope = '20261123/' + region + '/dynamodb/aws4_request';
  const signingKey = scope.split('/').reduce(hmac, 'AWS4' + process.env.AWS_SECRET_ACCESS_KEY);
  const text = ['AWS4-HMAC-SHA256', '20261123T000000Z', scope, sha256(request)].join('\\n');
  const authorization = 'AWS4-HMAC-SHA256 Credential=' + key + '/' + scope + ', SignedHeaders=' + names +
    ', Signature=' + hmac(signingKey, text).toString('hex');
  const headers = { ...signed, 'content-type': 'application/x-amz-json-1.0', authorization };
  const response = await fetch(endpoint, { method: 'POST', headers, body: input });
  return { statusCode: 200, body: await response.text() };
};`;

/** Writes the shop with a function that runs, and without an authorizer. @returns the stack file */
export function writeShop(): string {
  const parts = shop();
  const resource = parts.resource as Record<string, Record<string, Record<string, unknown>>>;
  Object.assign(resource.aws_apigatewayv2_route?.connect ?? {}, { authorization_type: 'NONE' });
  Object.assign(resource.aws_lambda_permission ?? {}, {
    connect: {
      action: 'lambda:InvokeFunction',
      function_name: '${aws_lambda_function.buy.function_name}',
      principal: 'apigateway.amazonaws.com',
      source_arn: '${aws_apigatewayv2_api.shop.execution_arn}/dev/$connect',
    },
    schedule: {
      action: 'lambda:InvokeFunction',
      function_name: '${aws_lambda_function.buy.function_name}',
      principal: 'events.amazonaws.com',
      source_arn: '${aws_cloudwatch_event_rule.nightly.arn}',
    },
  });
  const data = parts.data as { aws_iam_policy_document: { orders: { statement: { actions: string[] }[] } } };
  data.aws_iam_policy_document.orders.statement[0]?.actions.push('dynamodb:PutItem');
  const variable = {
    colour: {
      type: 'string',
      default: 'red',
      validation: [
        { condition: '${contains(["red", "blue"], var.colour)}', error_message: 'colour must be red or blue.' },
      ],
    },
  };
  const file = writeStack({ ...parts, variable });
  writeFileSync(join(dirname(file), 'function.zip'), zipSync({ 'index.mjs': strToU8(handler) }));
  return file;
}

const started: LocalStack[] = [];
const sockets: WebSocket[] = [];

/** Starts the shop; `stopAll` stops it. */
export async function startShop(options: Partial<LocalStackOptions> = {}): Promise<LocalStack> {
  const stack = await startLocalStack({ stackFile: writeShop(), schedules: 'manual', ...options });
  started.push(stack);
  return stack;
}

export async function stopAll(): Promise<void> {
  for (const socket of sockets.splice(0)) socket.terminate();
  await Promise.all(started.splice(0).map((stack) => stack.stop()));
}

/** Opens a WebSocket. */
export async function connect(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  sockets.push(socket);
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return socket;
}

/** Sends a message and waits for the next one that comes. */
export async function ask(socket: WebSocket, message: object): Promise<string> {
  const answer = nextMessage(socket);
  socket.send(JSON.stringify(message));
  return answer;
}

export const nextMessage = (socket: WebSocket): Promise<string> =>
  new Promise((resolve) => {
    socket.once('message', (data) => resolve(data.toString()));
  });
