import type { IncomingMessage } from 'node:http';
import { isCognitoPath } from '../cognito/http.ts';
import { streamOfIterator } from '../dynamodb/engine/operations/streams.ts';
import { busesOf } from '../event-bridge/put-events.ts';
import { requestTarget } from '../request-target.ts';
import type { Stack } from '../stack/model.ts';
import type { AwsService } from './services.ts';

/** Which service a request is for; undefined: none of AWS's APIs, so the WebSocket API itself. */
export function serviceOf({ headers, url }: IncomingMessage): AwsService | undefined {
  const target = headers['x-amz-target'];
  if (typeof target === 'string' && /^DynamoDB(Streams)?_/.test(target)) return 'dynamodb';
  if (typeof target === 'string' && target.startsWith('AmazonSQS.')) return 'sqs';
  if (typeof target === 'string' && target.startsWith('AWSEvents.')) return 'events';
  if (typeof target === 'string' && target.startsWith('AmazonSSM.')) return 'ssm';
  const { path } = requestTarget(url);
  if (path.startsWith('/2015-03-31/functions/')) return 'lambda';
  if (connectionsPath.test(path)) return 'execute-api';
  if (isCognitoPath(path)) return 'cognito-idp';
  return undefined;
}

/** The operation's own name, e.g. `UpdateItem`, `PostToConnection`; a document's, for Cognito's. */
export function operationOf(service: AwsService, { headers, method = 'GET', url }: IncomingMessage): string {
  switch (service) {
    case 'dynamodb':
    case 'sqs':
    case 'events':
    case 'ssm':
      return String(headers['x-amz-target']).split('.')[1] ?? '';
    case 'lambda':
      return 'Invoke';
    case 'execute-api':
      return connectionOperations[method] ?? method;
    case 'cognito-idp':
      return requestTarget(url).segments.at(-1) ?? '';
  }
}

/** What a caller wants to do, in IAM's terms. */
export interface RequestedAction {
  /** e.g. `dynamodb:UpdateItem`, `execute-api:ManageConnections` */
  readonly action: string;
  /** ARNs; every one of them has to be allowed. None: the action is not about one of them. */
  readonly resources: readonly string[];
}

const batchOperations = ['BatchGetItem', 'BatchWriteItem'];
const transactActions: Readonly<Record<string, string>> = {
  Get: 'dynamodb:GetItem',
  Put: 'dynamodb:PutItem',
  Update: 'dynamodb:UpdateItem',
  Delete: 'dynamodb:DeleteItem',
  ConditionCheck: 'dynamodb:ConditionCheckItem',
};

/**
 * The actions and resources of a DynamoDB call: one action, except in a transaction, which needs that of each of its
 * items and none of its own. A body that is not JSON names no resource.
 * @see "Actions, resources, and condition keys for Amazon DynamoDB", Service Authorization Reference
 */
export function dynamoDbActions({ region, accountId }: Stack, operation: string, body: Buffer): RequestedAction[] {
  const arn = (table: string) =>
    table.startsWith('arn:') ? table : `arn:aws:dynamodb:${region}:${accountId}:table/${table}`;
  const input = parseObject(body);
  const tables = batchOperations.includes(operation)
    ? Object.keys(asObject(input.RequestItems))
    : [input.StreamArn ?? streamOfIterator(input.ShardIterator) ?? input.TableName ?? input.ResourceArn];
  if (operation.startsWith('Transact') && Array.isArray(input.TransactItems)) {
    return input.TransactItems.flatMap((item) =>
      Object.entries(asObject(item)).map(([kind, part]) => ({
        action: transactActions[kind] ?? `dynamodb:${kind}`,
        resources: [arn(String(asObject(part).TableName))],
      })),
    );
  }
  const index = typeof input.IndexName === 'string' ? `/index/${input.IndexName}` : '';
  // A call of streams that names a table only is about all of its streams.
  const all = operation === 'ListStreams' ? '/stream/*' : '';
  const resources = tables.filter((table) => typeof table === 'string').map((table) => `${arn(table)}${index}${all}`);
  return [{ action: `dynamodb:${operation}`, resources }];
}

/** The action and resource of a call of SQS: the queue that its body names. */
export function sqsAction({ region, accountId }: Stack, operation: string, body: Buffer): RequestedAction {
  const { QueueUrl, QueueName } = parseObject(body);
  const name = typeof QueueUrl === 'string' ? QueueUrl.split('/').at(-1) : QueueName;
  const resources = typeof name === 'string' ? [`arn:aws:sqs:${region}:${accountId}:${name}`] : [];
  return { action: `sqs:${operation}`, resources };
}

/** The action and resources of a call of EventBridge: the buses that the entries are for. */
export function eventsAction({ region, accountId }: Stack, operation: string, body: Buffer): RequestedAction {
  const buses = operation === 'PutEvents' ? busesOf(parseObject(body)) : [];
  const resources = buses.map((bus) => `arn:aws:events:${region}:${accountId}:event-bus/${bus}`);
  return { action: `events:${operation}`, resources };
}

/** The action and resources of a call of Systems Manager: parameters, or the path above them. */
export function ssmAction({ region, accountId }: Stack, operation: string, body: Buffer): RequestedAction {
  const { Name, Names, Path } = parseObject(body);
  const names = [Name, Path, ...(Array.isArray(Names) ? Names : [])].filter((name) => typeof name === 'string');
  const arn = (name: string) => `arn:aws:ssm:${region}:${accountId}:parameter/${name.replace(/^\/|\/$/g, '')}`;
  return { action: `ssm:${operation}`, resources: names.map(arn) };
}

/** The action and resource of a call of the Lambda API. */
export function lambdaAction({ region, accountId }: Stack, url: string | undefined): RequestedAction {
  const name = decode(/^\/2015-03-31\/functions\/([^/?]+)/.exec(requestTarget(url).path)?.[1] ?? '');
  // A name, with `account:function:` in front or without, or a whole ARN.
  const arn = name.startsWith('arn:')
    ? name
    : `arn:aws:lambda:${region}:${accountId}:function:${name.replace(/^\d{12}:function:/, '')}`;
  return { action: 'lambda:InvokeFunction', resources: [arn] };
}

// The at sign may come escaped: facts 6. Whatever the gateway takes for such a call has to match, or IAM is not asked: so
// empty segments do not count.
const connectionsPath = /^\/+([^/]+)\/+(?:@|%40)connections\/+([^/]+)\/*$/i;
const connectionOperations: Readonly<Record<string, string>> = {
  POST: 'PostToConnection',
  GET: 'GetConnection',
  DELETE: 'DeleteConnection',
};

/** The action and resource of an `@connections` call: `…:<apiId>/<stage>/<VERB>/@connections/<id>`, facts 6. */
export function connectionsAction(stack: Stack, { method = 'GET', url }: IncomingMessage): RequestedAction {
  const [, stage = '', connectionId = ''] = connectionsPath.exec(requestTarget(url).path) ?? [];
  const api = stack.apis.find(({ stages }) => stages.some(({ name }) => name === stage));
  const path = `${api?.id ?? '*'}/${stage}/${method}/@connections/${decode(connectionId)}`;
  return {
    action: 'execute-api:ManageConnections',
    resources: [`arn:aws:execute-api:${stack.region}:${stack.accountId}:${path}`],
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function parseObject(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    return asObject(JSON.parse(body.toString()));
  } catch {
    return {};
  }
}

const asObject = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
