/**
 * What API Gateway hands to a function of an HTTP API (payload format 2.0), as far as we use it, and what it takes back.
 * @see "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway", Amazon API Gateway Developer Guide
 */
export interface HttpRequestContext {
  /** Method and path template, e.g. `GET /sessions/{sessionId}`. */
  readonly routeKey: string;
  readonly requestId: string;
  readonly stage: string;
  readonly domainName: string;
  readonly http: { readonly method: string; readonly path: string; readonly sourceIp: string };
  /** epoch milliseconds at which API Gateway took the request */
  readonly timeEpoch: number;
  /** What the route's authorizer found; absent on a route without one. */
  readonly authorizer?: HttpAuthorizer;
}

export interface HttpAuthorizer {
  /** Of a JWT authorizer. Claims are texts, whatever they were in the token. */
  readonly jwt?: { readonly claims: Readonly<Record<string, unknown>>; readonly scopes: readonly string[] | null };
  /** Of a route with `AWS_IAM`. */
  readonly iam?: { readonly userArn: string; readonly accountId: string; readonly userId: string };
}

export interface HttpEvent {
  readonly version: '2.0';
  readonly routeKey: string;
  readonly rawPath: string;
  readonly rawQueryString: string;
  /** Names in lower case; values of a repeated header joined by commas. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Values of a repeated parameter joined by commas. */
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly requestContext: HttpRequestContext;
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

export interface HttpResult {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One route: what a function does with a request that API Gateway sent there. */
export type HttpRoute = (event: HttpEvent) => Promise<HttpResult>;

/** Whether an event is a request to an HTTP API, for a function that takes others as well. */
export const isHttpEvent = (event: unknown): event is HttpEvent =>
  typeof event === 'object' &&
  event !== null &&
  (event as Partial<HttpEvent>).version === '2.0' &&
  (event as Partial<HttpEvent>).requestContext?.http !== undefined;

/** An answer in JSON. Nobody keeps it, unless the route says otherwise. */
export const jsonResult = (
  statusCode: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResult => ({
  statusCode,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(body),
});

/**
 * A parameter of the route's path.
 * @throws {Error} the route has no such parameter: it does not belong to this code
 */
export function pathParameter({ pathParameters, routeKey }: HttpEvent, name: string): string {
  const value = pathParameters?.[name];
  if (value === undefined) throw new Error(`The route ${routeKey} has no parameter {${name}}`);
  return value;
}

/**
 * The ARN of who signed the request.
 * @throws {Error} the route is not one with `AWS_IAM`
 */
export function callerArn({ requestContext: { authorizer }, routeKey }: HttpEvent): string {
  const arn = authorizer?.iam?.userArn;
  if (!arn) throw new Error(`The route ${routeKey} must have the authorization AWS_IAM`);
  return arn;
}
