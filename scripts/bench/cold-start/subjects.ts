import { type FunctionName, functionNames, functions } from '../../../infra/src/functions.ts';
import { type VariableName, variables } from '../../../infra/src/variables.ts';

/** Something to measure: a bundle, its environment, and an event that goes the function's usual way. */
export interface Subject {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly event: object;
  /** Whether the handler's result is that of the usual way, and not of a refusal. */
  readonly isUsual: (result: unknown) => boolean;
}

export const SESSION_ID = 'faithful-shepherd-123';
/** Of the speaker's connection; every other one is a listener's. */
export const SPEAKER_ID = 'TXzPWdnOjoECGjS=';

export interface Surroundings {
  readonly endpoint: string;
  readonly userPoolId: string;
  readonly clientId: string;
  readonly token: string;
}

/** What the bare bundle does and every function except the authorizer does at least: one UpdateItem. */
export const BARE_SOURCE = `
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
const client = new DynamoDBClient({});
export const handler = () =>
  client.send(
    new UpdateItemCommand({
      TableName: process.env.CONNECTIONS_TABLE,
      Key: { connectionId: { S: 'C1' } },
      UpdateExpression: 'SET lastHeartbeatAt = :now',
      ExpressionAttributeValues: { ':now': { N: '1' } },
      ReturnValues: 'ALL_NEW',
    }),
  );
`;

/** The variables that Lambda itself sets, as far as a function or the SDK looks at them, and the way to the fake. */
const platform = (name: string, endpoint: string) => ({
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'token',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
  AWS_LAMBDA_FUNCTION_NAME: name,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  AWS_ENDPOINT_URL_LAMBDA: endpoint,
});

/** The variables that the stack gives to a function, with the values that it has by default. */
function ownVariables(name: FunctionName, { endpoint, userPoolId, clientId }: Surroundings): Record<string, string> {
  const { settings } = functions[name];
  return {
    POWERTOOLS_SERVICE_NAME: name,
    POWERTOOLS_METRICS_NAMESPACE: 'Sessions',
    POWERTOOLS_LOG_LEVEL: 'INFO',
    ...Object.fromEntries(
      settings.map((each) => [each, String(variables[each.toLowerCase() as VariableName].default)]),
    ),
    ...(name === 'authorizer'
      ? {
          USER_POOL_ID: userPoolId,
          USER_POOL_CLIENT_ID: clientId,
          AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: endpoint,
        }
      : {
          SESSIONS_TABLE: 'sessions',
          CONNECTIONS_TABLE: 'connections',
          RATE_LIMITS_TABLE: 'rate-limits',
          MESSAGES_TABLE: 'messages',
          MANAGEMENT_ENDPOINT: `${endpoint}/dev`,
          DELIVERER_FUNCTION: 'deliverer',
          EVENT_BUS_NAME: 'default',
          EVENT_SOURCE: 'sessions.dev',
          HMAC_KEY: 'a key that is long enough for the benchmark',
        }),
  };
}

const requestContext = (routeKey: string, eventType: string, connectionId = 'TXzPWdnOjoECGjA=') => ({
  routeKey,
  eventType,
  connectionId,
  requestId: 'TXzPWdnOjoECGjB=',
  connectedAt: Date.now(),
  requestTimeEpoch: Date.now(),
  identity: { sourceIp: '192.0.2.1' },
  authorizer: { userId: 'user-1', tokenExpiresAt: String(Math.floor(Date.now() / 1000) + 3600) },
});

const message = (action: string, fields: object, connectionId?: string) => ({
  requestContext: requestContext(action, 'MESSAGE', connectionId),
  body: JSON.stringify({ action, ...fields }),
});

const httpEvent = (routeKey: string, pathParameters: Record<string, string>) => ({
  version: '2.0',
  routeKey,
  rawPath: `/sessions/${SESSION_ID}`,
  rawQueryString: '',
  headers: {},
  pathParameters,
  isBase64Encoded: false,
  requestContext: {
    ...{ routeKey, requestId: 'TXzPWdnOjoECGjB=', stage: '$default', timeEpoch: Date.now() },
    http: {
      method: 'GET',
      path: `/sessions/${SESSION_ID}`,
      protocol: 'HTTP/1.1',
      sourceIp: '192.0.2.1',
      userAgent: '',
    },
  },
});

const change = {
  eventName: 'REMOVE',
  dynamodb: {
    SequenceNumber: '1',
    Keys: { sessionId: { S: SESSION_ID }, part: { S: 'session' } },
    OldImage: { sessionId: { S: SESSION_ID }, part: { S: 'session' } },
  },
};

const events: Record<FunctionName, (surroundings: Surroundings) => Pick<Subject, 'event' | 'isUsual'>> = {
  authorizer: ({ token }) => ({
    event: {
      methodArn: 'arn:aws:execute-api:us-east-1:123456789012:api/dev/$connect',
      headers: { 'Sec-WebSocket-Protocol': 'sessions' },
      queryStringParameters: { token },
      requestContext: requestContext('$connect', 'CONNECT'),
    },
    isUsual: contains('"userId":"user-1"'),
  }),
  // What every client begins with, so what most often meets a cold instance.
  connection: () => ({ event: { requestContext: requestContext('$connect', 'CONNECT') }, isUsual: contains('200') }),
  heartbeat: () => ({ event: message('heartbeat', { sentAt: Date.now() }), isUsual: contains('heartbeatAck') }),
  refresh: () => ({
    event: message('refreshConnection', {
      sessionId: SESSION_ID,
      role: 'listener',
      previousConnectionId: 'TXzPWdnOjoECGjC=',
    }),
    isUsual: contains('connectionRefreshComplete'),
  }),
  status: () => ({ event: message('getSessionStatus', {}, SPEAKER_ID), isUsual: contains('sessionStatus') }),
  disconnect: () => ({
    event: { requestContext: requestContext('$disconnect', 'DISCONNECT') },
    isUsual: contains('200'),
  }),
  // A listener has been notified of nothing yet: the end of a session that is gone.
  deliverer: () => ({
    event: { task: 'completeEnd', sessionId: SESSION_ID, createdAt: 1 },
    isUsual: contains('"delivered":0'),
  }),
  // A backend's, by direct invocation.
  publisher: () => ({
    event: { sessionId: SESSION_ID, to: 'es', data: { text: 'In the beginning' }, id: 'm1' },
    isUsual: contains('"delivered":1'),
  }),
  api: () => ({
    event: httpEvent('GET /sessions/{sessionId}', { sessionId: SESSION_ID }),
    isUsual: contains('200'),
  }),
  // A change from which nothing follows.
  notifier: () => ({ event: { Records: [change] }, isUsual: contains('"batchItemFailures":[]') }),
  sweeper: () => ({ event: {}, isUsual: contains('"ended":0') }),
};

const contains = (text: string) => (result: unknown) => JSON.stringify(result)?.includes(text) ?? false;

/** The two bare bundles first, then every function. */
export function subjects(surroundings: Surroundings): [Subject, Subject, ...Subject[]] {
  const bare: Subject = {
    name: 'bare',
    environment: { ...platform('bare', surroundings.endpoint), CONNECTIONS_TABLE: 'connections' },
    event: {},
    isUsual: contains('Attributes'),
  };
  return [
    bare,
    { ...bare, name: 'plain' },
    ...functionNames.map((name) => ({
      name,
      environment: { ...platform(name, surroundings.endpoint), ...ownVariables(name, surroundings) },
      ...events[name](surroundings),
    })),
  ];
}
