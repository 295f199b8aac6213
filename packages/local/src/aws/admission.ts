import type { IncomingMessage } from 'node:http';
import type { Body } from '../read-body.ts';
import { parseAuthorization } from './authorization.ts';
import type { RequestedAction } from './calls.ts';
import type { Caller, CredentialStore } from './credentials.ts';
import type { AwsService } from './services.ts';
import { signatureProblem } from './signature.ts';

export interface AdmissionOptions {
  readonly credentials: CredentialStore;
  readonly region: string;
  /** Returns why a caller may not do it. Absent: everything is allowed. */
  readonly authorize?: ((caller: Caller, requested: RequestedAction) => string | undefined) | undefined;
}

/** Who calls; or why the call is refused, by the code and message that AWS gives. */
export type Admission = Caller | { readonly code: string; readonly message: string };

/**
 * What AWS does before it looks at a call: finds out who signed it, and whether they may do it.
 * @param body too large to be signed for, or complete: the service refuses the former anyway
 */
export function admit(
  { credentials, region, authorize }: AdmissionOptions,
  { service, requested, body }: { service: AwsService; requested: readonly RequestedAction[]; body: Body },
  { headers, method = 'GET', url = '/' }: IncomingMessage,
): Admission {
  const authorization = parseAuthorization(headers.authorization);
  if (authorization === undefined && headers.authorization?.startsWith('AWS4-HMAC-SHA256') !== true) {
    return { code: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' };
  }
  const caller = authorization && credentials.callerOf(authorization.accessKeyId);
  const own = authorization && credentials.credentialsOf(authorization.accessKeyId);
  if (!authorization || !caller || !own || own.sessionToken !== headers['x-amz-security-token']) {
    const message = 'The security token included in the request is invalid.';
    return { code: 'UnrecognizedClientException', message };
  }
  if (body.kind === 'complete') {
    const signed = { method, url, headers, body: body.bytes };
    const problem = signatureProblem(signed, authorization, own.secretAccessKey, { region, service });
    if (problem !== undefined) return { code: 'InvalidSignatureException', message: problem };
  }
  for (const action of requested) {
    const reason = authorize?.(caller, action);
    if (reason !== undefined) return { code: 'AccessDeniedException', message: reason };
  }
  return caller;
}
