import type { HttpEvent } from '../../src/lambda/index.ts';

/** What a test says of a request; the rest is as API Gateway sends it. */
export interface TestRequest {
  /** e.g. `GET /sessions/{sessionId}` */
  readonly route: string;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: unknown;
  /** Hands the body over in base64, as API Gateway does for content types that are neither text nor JSON. */
  readonly isBase64?: boolean;
  /** Claims of the token, as a JWT authorizer passes them on: texts. */
  readonly claims?: Readonly<Record<string, string>>;
  /** Who signed the request, on a route with `AWS_IAM`. */
  readonly userArn?: string;
  readonly sourceIp?: string;
}

export const HTTP_REQUEST_ID = 'JKJaXmPLvHcESHA=';

/**
 * An event of an HTTP API, payload format 2.0.
 * @see "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway", Amazon API Gateway Developer Guide: the
 *   example of format 2.0; header names are in lower case
 */
export function httpEvent(request: TestRequest): HttpEvent {
  const { route, path = {}, query, headers, body, isBase64 = false, sourceIp = '198.51.100.7' } = request;
  const [method = '', template = ''] = route.split(' ');
  const rawPath = template.replaceAll(/\{(\w+)\}/g, (_match, name: string) => path[name] ?? '');
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return {
    version: '2.0',
    routeKey: route,
    rawPath,
    rawQueryString: new URLSearchParams(query).toString(),
    headers: { accept: '*/*', host: 'a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com', ...headers },
    ...(query === undefined ? {} : { queryStringParameters: query }),
    ...(Object.keys(path).length === 0 ? {} : { pathParameters: path }),
    requestContext: {
      ...{ accountId: '123456789012', apiId: 'a1b2c3d4e5', domainPrefix: 'a1b2c3d4e5' },
      domainName: 'a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com',
      http: {
        method,
        path: rawPath,
        ...{ protocol: 'HTTP/1.1', userAgent: 'curl/8.5.0' },
        sourceIp,
      },
      requestId: HTTP_REQUEST_ID,
      routeKey: route,
      stage: '$default',
      ...{ time: '12/Mar/2020:19:03:58 +0000' },
      timeEpoch: 1583348638390,
      ...authorizerOf(request),
    },
    ...(text === undefined ? {} : { body: isBase64 ? Buffer.from(text).toString('base64') : text }),
    isBase64Encoded: isBase64,
  };
}

function authorizerOf({ claims, userArn }: TestRequest): Pick<HttpEvent['requestContext'], 'authorizer'> {
  if (claims) return { authorizer: { jwt: { claims, scopes: null } } };
  if (userArn === undefined) return {};
  const rest = {
    accessKey: 'ASIAEXAMPLE',
    callerId: 'AROAEXAMPLE:backend',
    cognitoIdentity: null,
    principalOrgId: null,
  };
  return { authorizer: { iam: { ...rest, accountId: '123456789012', userArn, userId: 'AROAEXAMPLE:backend' } } };
}
