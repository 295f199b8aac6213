import type { HttpGatewayOptions } from '../gateway/http/options.ts';
import { type AdmissionOptions, admit } from './admission.ts';
import { parseAuthorization } from './authorization.ts';

/** Lets an HTTP API find out who signed a request, and whether their policies allow `execute-api:Invoke`. */
export function iamAdmission({
  accountId,
  ...options
}: AdmissionOptions & { readonly accountId: string }): HttpGatewayOptions['admitCaller'] {
  return (req, body, resourceArn) => {
    const requested = [{ action: 'execute-api:Invoke', resources: [resourceArn] }];
    const admission = admit(options, { service: 'execute-api', requested, body }, req);
    if ('code' in admission) return { refusal: `${admission.code}: ${admission.message}` };
    // A role's session has `<role ID>:<session name>`; roles have no ID here, so it is their name.
    const userId = admission.role ? `${admission.role.name}:${admission.functionName}` : accountId;
    return {
      accessKey: parseAuthorization(req.headers.authorization)?.accessKeyId ?? '',
      accountId,
      callerId: userId,
      cognitoIdentity: null,
      principalOrgId: null,
      userArn: admission.arn,
      userId,
    };
  };
}
