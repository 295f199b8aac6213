import type { Stage } from '../../stack/model.ts';
import { requestTime } from '../request-time.ts';
import type { HttpRequest } from './request.ts';
import type { SelectedRoute } from './routes.ts';

/** Who was let in, as the event tells: `requestContext.authorizer`. */
export type HttpAuthorizer =
  | { readonly jwt: { readonly claims: Readonly<Record<string, string>>; readonly scopes: readonly string[] | null } }
  | { readonly iam: IamIdentity };

export interface IamIdentity {
  readonly accessKey: string;
  readonly accountId: string;
  readonly callerId: string;
  readonly cognitoIdentity: null;
  readonly principalOrgId: null;
  readonly userArn: string;
  readonly userId: string;
}

export interface HttpEventFacts {
  readonly apiId: string;
  readonly accountId: string;
  readonly stage: Stage;
  readonly request: HttpRequest;
  readonly selected: SelectedRoute;
  readonly authorizer?: HttpAuthorizer | undefined;
  readonly body: Buffer;
}

/** The types whose body is handed on as text; seen on AWS: ministackorg/ministack pull request 766. */
const TEXT_TYPE = /^(text\/.*|application\/(json|xml|javascript))$/;

/**
 * Makes a function's event: payload format version 2.0. What a request does not have is not there, rather than null.
 * @see "Create AWS Lambda proxy integrations for HTTP APIs", API Gateway Developer Guide
 */
export function httpEvent({ apiId, accountId, stage, request, selected, authorizer, body }: HttpEventFacts) {
  const { routeKey } = selected.route;
  const isText = isTextBody(request);
  return {
    version: '2.0',
    routeKey,
    rawPath: request.rawPath,
    rawQueryString: request.rawQueryString,
    ...(request.cookies.length > 0 && { cookies: request.cookies }),
    headers: { ...request.headers, 'content-length': String(body.length) },
    ...(isFilled(request.query) && { queryStringParameters: request.query }),
    requestContext: {
      accountId,
      apiId,
      ...(authorizer && { authorizer }),
      domainName: request.domainName,
      domainPrefix: request.domainName.split('.', 1)[0] ?? '',
      http: {
        method: request.method,
        path: request.rawPath,
        protocol: request.protocol,
        sourceIp: request.sourceIp,
        userAgent: request.userAgent,
      },
      requestId: request.requestId,
      routeKey,
      stage: stage.name,
      time: requestTime(request.receivedAtMs),
      timeEpoch: request.receivedAtMs,
    },
    ...(isFilled(selected.pathParameters) && { pathParameters: selected.pathParameters }),
    ...(isFilled(stage.variables) && { stageVariables: stage.variables }),
    ...(body.length > 0 && { body: isText ? body.toString() : body.toString('base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** A body without a type, and one that is compressed (UNCONFIRMED), counts as binary. */
function isTextBody({ headers }: HttpRequest): boolean {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return headers['content-encoding'] === undefined && TEXT_TYPE.test(type);
}

const isFilled = (object: object): boolean => Object.keys(object).length > 0;
