import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { conditionKeys } from '../../../packages/local/src/iam/condition-keys.ts';
import { evaluate } from '../../../packages/local/src/iam/evaluate.ts';
import { type CompiledPolicy, compilePolicy } from '../../../packages/local/src/iam/policy.ts';
import type { PolicyDocument, PolicyStatement } from '../../../packages/local/src/stack/model.ts';
import type { RequestedAction } from './requested-actions.ts';

/** Those that our policies for the pipeline ask about, besides those of functions' calls. */
const keys = new Set([
  ...conditionKeys,
  ...[
    'iam:permissionsboundary',
    'iam:policyarn',
    'iam:passedtoservice',
    'iam:awsservicename',
    'lambda:principal',
    'lambda:functionarn',
  ],
  ...['aws:requesttag/project', 'aws:requesttag/environment'],
  ...['aws:resourcetag/project', 'aws:resourcetag/environment'],
  ...['aud', 'sub', 'repository', 'ref'].map((claim) => `token.actions.githubusercontent.com:${claim}`),
]);

/** A role or a boundary as AWS has it, to ask what it allows. */
export interface Judge {
  allows(action: string, resource: string, context?: Readonly<Record<string, string>>): boolean;
  /** What of these is not allowed, as text. */
  refused(requested: readonly RequestedAction[]): string[];
  /** Characters of the longest policy, as AWS counts them. */
  readonly size: number;
}

/** Reads the policies that are attached to a role. */
export async function judgeRole(iam: IAMClient, roleName: string): Promise<Judge> {
  const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: roleName }));
  return judge(await Promise.all(AttachedPolicies.map(({ PolicyArn }) => readPolicy(iam, String(PolicyArn)))));
}

/** Reads a policy that is a boundary. */
export const judgePolicy = async (iam: IAMClient, arn: string): Promise<Judge> => judge([await readPolicy(iam, arn)]);

/** Reads who may take a role. */
export async function judgeTrust(iam: IAMClient, roleName: string): Promise<Judge> {
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: roleName }));
  const text = decodeURIComponent(String(Role?.AssumeRolePolicyDocument));
  return judge([text.replaceAll('"Effect"', '"Resource":"*","Effect"')]);
}

async function readPolicy(iam: IAMClient, arn: string): Promise<string> {
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: arn }));
  const version = { PolicyArn: arn, VersionId: Policy?.DefaultVersionId };
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand(version));
  return decodeURIComponent(String(PolicyVersion?.Document));
}

function judge(documents: readonly string[]): Judge {
  const policies: CompiledPolicy[] = documents.map((text) => compilePolicy(readDocument(text), keys));
  const allows: Judge['allows'] = (action, resource, context = {}) =>
    evaluate(policies, { action, resource, context: () => new Map(Object.entries(context)) }).kind === 'allowed';
  return {
    allows,
    refused: (requested) =>
      requested
        .filter(({ action, resource, context }) => !allows(action, resource, context))
        .map(({ action, resource, context }) => `${action} on ${resource} ${JSON.stringify(context)}`),
    size: Math.max(...documents.map((text) => text.replaceAll(/\s/g, '').length)),
  };
}

/** IAM's JSON with a list wherever there may be one. */
function readDocument(text: string): PolicyDocument {
  const { Version, Statement } = JSON.parse(text) as { Version: string; Statement: Record<string, unknown>[] };
  const list = (value: unknown) => [value].flat() as string[];
  return {
    address: 'of the account',
    Version,
    Statement: Statement.map(
      ({ Effect, Action, Resource, Condition }) =>
        ({
          Effect,
          Action: list(Action),
          Resource: list(Resource),
          ...(Condition !== undefined && {
            Condition: Object.fromEntries(
              Object.entries(Condition as Record<string, Record<string, unknown>>).map(([operator, tests]) => [
                operator,
                Object.fromEntries(Object.entries(tests).map(([key, value]) => [key, list(value)])),
              ]),
            ),
          }),
        }) as PolicyStatement,
    ),
  };
}
