import { requestTime } from './request-time.ts';

/**
 * The events that functions get. They follow the captures of the facts page, section 2, key by key: what AWS leaves
 * out is not there, rather than null.
 */

export interface Identity {
  readonly sourceIp: string;
  /** Only if the client sent the header. */
  readonly userAgent?: string;
}

/** What the authorizer said: its context as strings, and `principalId`. */
export type AuthorizerContext = Readonly<Record<string, string>>;

/** The facts that every request context of a connection shares. */
export interface ConnectionFacts {
  readonly connectionId: string;
  readonly apiId: string;
  readonly stage: string;
  readonly connectedAtMs: number;
  readonly domainName: string;
  readonly identity: Identity;
  readonly authorizer?: AuthorizerContext | undefined;
}

export interface RequestContext {
  readonly routeKey: string;
  readonly eventType: 'CONNECT' | 'MESSAGE' | 'DISCONNECT';
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly requestTime: string;
  readonly requestTimeEpoch: number;
  readonly messageDirection: 'IN';
  readonly stage: string;
  readonly connectedAt: number;
  readonly identity: Identity;
  readonly domainName: string;
  readonly connectionId: string;
  readonly apiId: string;
  readonly authorizer?: AuthorizerContext;
}

/** The request of a handshake, in the shapes that events need. */
export interface HandshakeRequest {
  readonly requestId: string;
  /** With the client's own case; of repeated names the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly multiValueHeaders: Readonly<Record<string, readonly string[]>>;
  readonly query?: {
    readonly single: Readonly<Record<string, string>>;
    readonly multiple: Readonly<Record<string, readonly string[]>>;
  };
  readonly stageVariables: Readonly<Record<string, string>>;
}

/** Section 2.1. Without a query the two keys are empty objects: UNCONFIRMED, as the stage variables are documented to be. */
export function authorizerEvent(facts: ConnectionFacts, request: HandshakeRequest, methodArn: string, nowMs: number) {
  return {
    type: 'REQUEST',
    methodArn,
    headers: request.headers,
    multiValueHeaders: request.multiValueHeaders,
    queryStringParameters: request.query?.single ?? {},
    multiValueQueryStringParameters: request.query?.multiple ?? {},
    stageVariables: request.stageVariables,
    requestContext: requestContext(facts, { routeKey: '$connect', eventType: 'CONNECT' }, request.requestId, nowMs),
  };
}

/** Headers that the authorizer sees and the `$connect` integration does not. @see facts page, section 2.2 */
const HOP_HEADERS = new Set(['connection', 'upgrade', 'content-length']);

/** Section 2.2. Stage variables appear only if there are any: UNCONFIRMED. */
export function connectEvent(facts: ConnectionFacts, request: HandshakeRequest, nowMs: number) {
  const { query, stageVariables } = request;
  return {
    headers: withoutHopHeaders(request.headers),
    multiValueHeaders: withoutHopHeaders(request.multiValueHeaders),
    ...(query && { queryStringParameters: query.single, multiValueQueryStringParameters: query.multiple }),
    ...(Object.keys(stageVariables).length > 0 && { stageVariables }),
    requestContext: requestContext(facts, { routeKey: '$connect', eventType: 'CONNECT' }, request.requestId, nowMs),
    isBase64Encoded: false,
  };
}

/** Section 2.3. */
export function messageEvent(
  facts: ConnectionFacts,
  message: { routeKey: string; requestId: string; messageId: string; body: string },
  stageVariables: Readonly<Record<string, string>>,
  nowMs: number,
) {
  const { routeKey, requestId, messageId, body } = message;
  return {
    requestContext: requestContext(facts, { routeKey, messageId, eventType: 'MESSAGE' }, requestId, nowMs),
    body,
    isBase64Encoded: false,
    ...(Object.keys(stageVariables).length > 0 && { stageVariables }),
  };
}

export type DisconnectEvent = ReturnType<typeof disconnectEvent>;

/** Section 2.4. */
export function disconnectEvent(
  facts: ConnectionFacts,
  { statusCode, reason, requestId }: { statusCode: number; reason: string; requestId: string },
  stageVariables: Readonly<Record<string, string>>,
  nowMs: number,
) {
  const extra = {
    routeKey: '$disconnect',
    disconnectStatusCode: statusCode,
    disconnectReason: reason,
    eventType: 'DISCONNECT',
  } as const;
  return {
    headers: { Host: facts.domainName, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' },
    multiValueHeaders: {
      Host: [facts.domainName],
      'x-api-key': [''],
      'X-Forwarded-For': [''],
      'x-restapi': [''],
    },
    ...(Object.keys(stageVariables).length > 0 && { stageVariables }),
    requestContext: requestContext(facts, extra, requestId, nowMs),
    isBase64Encoded: false,
  };
}

function requestContext<T extends Pick<RequestContext, 'routeKey' | 'eventType'>>(
  { connectionId, apiId, stage, connectedAtMs, domainName, identity, authorizer }: ConnectionFacts,
  extra: T,
  requestId: string,
  nowMs: number,
): RequestContext & T {
  return {
    ...extra,
    ...(authorizer && { authorizer }),
    extendedRequestId: requestId,
    requestTime: requestTime(nowMs),
    messageDirection: 'IN',
    stage,
    connectedAt: connectedAtMs,
    requestTimeEpoch: nowMs,
    identity,
    requestId,
    domainName,
    connectionId,
    apiId,
  };
}

function withoutHopHeaders<T>(headers: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_HEADERS.has(name.toLowerCase())));
}
