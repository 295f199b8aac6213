import {
  GetPolicyCommand as GetManagedPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import {
  type FunctionConfiguration,
  GetFunctionConcurrencyCommand,
  GetFunctionEventInvokeConfigCommand,
  GetPolicyCommand,
  ListFunctionsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda';
import type { Clients } from './clients.ts';
import { type ComparableFunction, statementsOf } from './comparable.ts';

/** Reads every function back, with its role and who may invoke it. */
export async function readFunctions(clients: Clients): Promise<Record<string, ComparableFunction>> {
  const { Functions = [] } = await clients.lambda.send(new ListFunctionsCommand());
  return Object.fromEntries(
    await Promise.all(Functions.map(async (each) => [each.FunctionName ?? '', await readFunction(clients, each)])),
  );
}

async function readFunction(clients: Clients, configuration: FunctionConfiguration): Promise<ComparableFunction> {
  const { lambda } = clients;
  const { FunctionName = '', FunctionArn: arn, Role: role } = configuration;
  const [concurrency, async, policy, { trust, allowed }] = await Promise.all([
    lambda.send(new GetFunctionConcurrencyCommand({ FunctionName })),
    lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName })).catch(nothing),
    lambda.send(new GetPolicyCommand({ FunctionName })).catch(nothing),
    readRole(clients, role?.split('/').at(-1)),
  ]);
  const { Statement } = JSON.parse(policy?.Policy ?? '{"Statement": []}') as { Statement: InvokeStatement[] };
  return {
    arn,
    handler: configuration.Handler,
    runtime: configuration.Runtime,
    timeoutSeconds: configuration.Timeout,
    memoryMb: configuration.MemorySize,
    environment: configuration.Environment?.Variables ?? {},
    reservedConcurrency: concurrency.ReservedConcurrentExecutions,
    // Lambda's defaults.
    maximumRetryAttempts: async?.MaximumRetryAttempts ?? 2,
    maximumEventAgeSeconds: async?.MaximumEventAgeInSeconds ?? 21_600,
    onFailureArn: async?.DestinationConfig?.OnFailure?.Destination,
    codeSha256: configuration.CodeSha256,
    permissions: Statement.map(
      ({ Principal, Action, Condition }) =>
        `${Principal.Service} ${Action} ${Condition?.ArnLike?.['AWS:SourceArn'] ?? Condition?.ArnLike?.['aws:SourceArn']}`,
    ).sort(),
    role,
    trust,
    allowed,
  };
}

interface InvokeStatement {
  readonly Principal: { readonly Service: string };
  readonly Action: string;
  readonly Condition?: { readonly ArnLike?: Readonly<Record<string, string>> };
}

const nothing = (error: unknown): undefined => {
  if (!(error instanceof ResourceNotFoundException)) throw error;
};

async function readRole({ iam }: Clients, RoleName: string | undefined) {
  const parse = (document: string | undefined) => JSON.parse(decodeURIComponent(document ?? ''));
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  const inline = await Promise.all(
    PolicyNames.map((PolicyName) => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))),
  );
  const attached = await Promise.all(
    AttachedPolicies.map(async ({ PolicyArn }) => {
      const { Policy } = await iam.send(new GetManagedPolicyCommand({ PolicyArn }));
      return iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId }));
    }),
  );
  return {
    trust: statementsOf([parse(Role?.AssumeRolePolicyDocument)]),
    allowed: statementsOf([
      ...inline.map(({ PolicyDocument }) => parse(PolicyDocument)),
      ...attached.map(({ PolicyVersion }) => parse(PolicyVersion?.Document)),
    ]),
  };
}
