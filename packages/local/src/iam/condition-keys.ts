/** What a policy's conditions can ask about a request: by lower-case key. A key that is absent has no value. */
export type RequestContext = ReadonlyMap<string, string>;

/** A service acts on behalf of a resource: assumes a role for a function. */
const ofServices = ['aws:sourcearn', 'aws:sourceaccount'];
/** Keys that a call of a function never has: it comes from no VPC here, from no other service, and for no person. */
const neverPresent = [
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:multifactorauthpresent',
  'aws:multifactorauthage',
  'kms:viaservice',
];
const ofCalls = [
  'aws:currenttime',
  'aws:epochtime',
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principaltype',
  'aws:requestedregion',
  'aws:resourceaccount',
  'aws:securetransport',
  'aws:sourceip',
  'aws:viaawsservice',
  'lambda:sourcefunctionarn',
];

/** Every key whose value is known here, or known to be absent. Others could only be guessed. */
export const conditionKeys: ReadonlySet<string> = new Set([...ofServices, ...neverPresent, ...ofCalls]);

/** @see "AWS global condition context keys", IAM User Guide */
export function contextOfCall(call: {
  readonly roleArn: string;
  readonly functionArn: string;
  readonly accountId: string;
  readonly region: string;
  /** epoch milliseconds */
  readonly nowMs: number;
}): RequestContext {
  return new Map([
    ['aws:currenttime', new Date(call.nowMs).toISOString()],
    ['aws:epochtime', String(Math.floor(call.nowMs / 1000))],
    ['aws:principalaccount', call.accountId],
    ['aws:principalarn', call.roleArn],
    ['aws:principaltype', 'AssumedRole'],
    ['aws:requestedregion', call.region],
    ['aws:resourceaccount', call.accountId],
    // In the cloud the SDKs use TLS; that the local endpoint does without is no property of the stack.
    ['aws:securetransport', 'true'],
    ['aws:sourceip', '127.0.0.1'],
    ['aws:viaawsservice', 'false'],
    ['lambda:sourcefunctionarn', call.functionArn],
  ]);
}

/** When a service calls on behalf of a resource of the account. */
export function contextOfService(sourceArn: string, accountId: string): RequestContext {
  return new Map([
    ['aws:sourcearn', sourceArn],
    ['aws:sourceaccount', accountId],
    ['aws:securetransport', 'true'],
    ['aws:resourceaccount', accountId],
  ]);
}

/** When Lambda assumes the role of a function. */
export function contextOfAssumption(functionArn: string, accountId: string): RequestContext {
  return new Map([
    ['aws:sourcearn', functionArn],
    ['aws:sourceaccount', accountId],
  ]);
}
