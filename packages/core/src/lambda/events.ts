import type { Identity } from '../sessions/index.ts';

/**
 * What API Gateway hands to a function of a WebSocket API, as far as we use it. Types of our own: those of
 * `@types/aws-lambda` lack `identity`, `authorizer`, `headers` and the close code.
 * @see the facts page, section 2
 */
export interface RequestContext {
  readonly routeKey: string;
  readonly eventType: 'CONNECT' | 'MESSAGE' | 'DISCONNECT';
  readonly connectionId: string;
  /** epoch milliseconds */
  readonly connectedAt: number;
  readonly requestId: string;
  /** epoch milliseconds at which API Gateway took the event */
  readonly requestTimeEpoch: number;
  readonly identity: { readonly sourceIp: string };
  /** What the authorizer returned as context; strings. Absent without an authorizer. */
  readonly authorizer?: Readonly<Record<string, unknown>>;
  readonly disconnectStatusCode?: number;
  readonly disconnectReason?: string;
}

export interface WebSocketEvent {
  readonly requestContext: RequestContext;
  readonly headers?: Readonly<Record<string, string>>;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly body?: string;
  /**
   * Only in an event that a function sends to itself: there is no route response to an asynchronous invocation, so
   * the reply is posted. API Gateway never sets it, and clients cannot.
   */
  readonly replyBy?: 'post';
}

export interface WebSocketResult {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One route: what a function does with an event that API Gateway sent there. */
export type Route = (event: WebSocketEvent) => Promise<WebSocketResult>;

/** A header by its name; the case of the names is the client's. */
export const header = (event: Pick<WebSocketEvent, 'headers'>, name: string): string | undefined =>
  Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];

/** Names of the context that the authorizer returns; every later event of the connection carries it, as texts. */
export const authorizerContext = {
  userId: 'userId',
  tokenExpiresAt: 'tokenExpiresAt',
  tokenCheck: 'tokenCheck',
} as const;

/** Returns what the authorizer found out about who opened the connection. */
export function identityOf({ requestContext: { authorizer } }: Pick<WebSocketEvent, 'requestContext'>): Identity {
  const { userId, tokenExpiresAt, tokenCheck } = authorizer ?? {};
  if (tokenCheck === 'unavailable') return { kind: 'unchecked' };
  if (typeof userId !== 'string' || userId === '') return { kind: 'anonymous' };
  const expiresAtSeconds = Number(tokenExpiresAt);
  // Without its expiry a token is not trusted for longer than the handshake.
  return { kind: 'speaker', userId, tokenExpiresAt: Number.isFinite(expiresAtSeconds) ? expiresAtSeconds * 1000 : 0 };
}
