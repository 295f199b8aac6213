import type { Context } from 'aws-lambda';
import type { WebSocketEvent } from '../../src/lambda/index.ts';

/** What a test says of an event; the rest is as API Gateway sends it. */
export interface TestEvent {
  readonly route: string;
  readonly connectionId?: string;
  readonly connectedAt?: number;
  /** Whom the authorizer named. */
  readonly userId?: string;
  /** When the token of that user expires, epoch milliseconds; in an hour, unless given. */
  readonly tokenExpiresAt?: number;
  /** The authorizer could not check the token. */
  readonly isUnchecked?: boolean;
  readonly sourceIp?: string;
  readonly closeCode?: number;
  readonly closeReason?: string;
  /** An object gets the route as its action. */
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

export const REQUEST_ID = 'JC1dgf9yoAMCK-g=';

/** An event of a WebSocket API, as in the captures of the facts page. */
export function messageEvent(event: TestEvent): WebSocketEvent {
  const { route, connectionId = 'TXzPWdnOjoECGjA=', body } = event;
  const connectedAt = event.connectedAt ?? Date.now();
  return {
    requestContext: {
      routeKey: route,
      eventType: route === '$connect' ? 'CONNECT' : route === '$disconnect' ? 'DISCONNECT' : 'MESSAGE',
      connectionId,
      connectedAt,
      requestId: REQUEST_ID,
      requestTimeEpoch: connectedAt,
      identity: { sourceIp: event.sourceIp ?? '198.51.100.7' },
      ...authorizerOf(event),
      ...(event.closeCode === undefined
        ? {}
        : { disconnectStatusCode: event.closeCode, disconnectReason: event.closeReason ?? '' }),
    },
    ...(body === undefined
      ? {}
      : { body: typeof body === 'string' ? body : JSON.stringify({ action: route, ...body }) }),
    ...(event.headers === undefined ? {} : { headers: event.headers }),
    ...(event.query === undefined ? {} : { queryStringParameters: event.query }),
  };
}

/** API Gateway hands on what the authorizer returned, in texts. */
function authorizerOf({ userId, tokenExpiresAt = Date.now() + 3_600_000, isUnchecked }: TestEvent) {
  if (isUnchecked) return { authorizer: { tokenCheck: 'unavailable', principalId: 'unchecked' } };
  if (userId === undefined) return {};
  const seconds = String(Math.floor(tokenExpiresAt / 1000));
  return { authorizer: { userId, tokenExpiresAt: seconds, principalId: userId } };
}

/** Lambda's second argument, as far as it is used. */
export const lambdaContext = (): Context => ({
  callbackWaitsForEmptyEventLoop: true,
  functionName: 'test',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:test',
  memoryLimitInMB: '512',
  awsRequestId: '6bc28136-xmpl-4365-b021-0ce6b2e64ab0',
  logGroupName: '/aws/lambda/test',
  logStreamName: 'test',
  getRemainingTimeInMillis: () => 10_000,
  done: () => {},
  fail: () => {},
  succeed: () => {},
});
