import { requestTime } from '../request-time.ts';
import type { ContextValue } from './access-log.ts';
import type { HttpAnswer } from './answer.ts';
import type { HttpAuthorizer } from './event.ts';
import type { HttpRequest } from './request.ts';

export interface LoggedRequest {
  readonly accountId: string;
  readonly apiId: string;
  readonly stage: string;
  readonly routeKey: string | undefined;
  readonly request: HttpRequest;
  readonly authorizer: HttpAuthorizer | undefined;
  readonly answer: HttpAnswer;
  /** Of the integration, milliseconds; absent: it was not asked. */
  readonly integrationLatencyMs: number | undefined;
  readonly nowMs: number;
}

/**
 * The variables of `$context` that an access log of an HTTP API can have, of one request. Those of what cannot be run
 * here (custom domains, Lambda authorizers, client certificates) have no value.
 * @see "Customize HTTP API access logs", API Gateway Developer Guide
 */
export function accessLogValues(logged: LoggedRequest): ContextValue {
  const { accountId, apiId, stage, routeKey, request, authorizer, answer, integrationLatencyMs, nowMs } = logged;
  const { error, statusCode, body } = answer;
  const iam = authorizer && 'iam' in authorizer ? authorizer.iam : undefined;
  const isIntegrationError = error?.responseType === 'INTEGRATION_FAILURE';
  const isAuthorizerError = error?.responseType === 'UNAUTHORIZED' || error?.responseType === 'ACCESS_DENIED';
  // What Lambda answered: 200 when the function ran. That a refused invocation has none is UNCONFIRMED.
  const integrationStatus = integrationLatencyMs === undefined || isIntegrationError ? undefined : 200;
  const values: Readonly<Record<string, string | number | undefined>> = {
    accountId,
    apiId,
    'authorizer.error': isAuthorizerError ? error?.reason : undefined,
    dataProcessed: body.length + Number(request.headers['content-length'] ?? 0),
    domainName: request.domainName,
    domainPrefix: request.domainName.split('.', 1)[0],
    'error.message': error?.message,
    'error.messageString': error && JSON.stringify(error.message),
    'error.responseType': error?.responseType,
    extendedRequestId: request.requestId,
    httpMethod: request.method,
    'identity.accountId': iam?.accountId,
    'identity.caller': iam?.callerId,
    'identity.sourceIp': request.sourceIp,
    'identity.user': iam?.userId,
    'identity.userAgent': request.userAgent,
    'identity.userArn': iam?.userArn,
    'integration.error': isIntegrationError ? error?.reason : undefined,
    'integration.integrationStatus': integrationStatus,
    'integration.latency': integrationLatencyMs,
    'integration.status': integrationStatus,
    integrationErrorMessage: isIntegrationError ? error?.reason : undefined,
    integrationLatency: integrationLatencyMs,
    integrationStatus,
    path: request.rawPath,
    protocol: request.protocol,
    requestId: request.requestId,
    requestTime: requestTime(request.receivedAtMs),
    requestTimeEpoch: request.receivedAtMs,
    responseLatency: nowMs - request.receivedAtMs,
    responseLength: body.length,
    routeKey,
    stage,
    status: statusCode,
  };
  const claims = authorizer && 'jwt' in authorizer ? authorizer.jwt.claims : {};
  return (name) => {
    const claim = /^authorizer\.claims\.(.+)$/.exec(name)?.[1];
    if (claim !== undefined) return Object.hasOwn(claims, claim) ? claims[claim] : undefined;
    return Object.hasOwn(values, name) ? values[name] : undefined;
  };
}
