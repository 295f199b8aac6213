import type { EnvironmentName } from '../environments.ts';
import { stackNameOf } from '../environments.ts';

/** What the policies of one environment's roles are about. Any text may be a Terraform expression. */
export interface Scope {
  readonly accountId: string;
  readonly region: string;
  readonly environment: EnvironmentName;
  /** ARN of the bucket with the states. */
  readonly stateBucketArn: string;
  /** Folder of the states in that bucket, without slashes at its ends; may be empty. */
  readonly stateKeyPrefix: string;
  /** ARN of the key of the state bucket, if it has one of its own. */
  readonly stateKmsKeyArn?: string;
  /** ARNs of keys that environments name as `kms_key_arn`. */
  readonly kmsKeyArns: readonly string[];
  /** Ids of zones that environments name as `hosted_zone_id`. */
  readonly hostedZoneIds: readonly string[];
  /** ARNs of functions of others that environments name in `extra_routes`. */
  readonly extraFunctionArns: readonly string[];
}

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** The path of the roles and policies of the pipeline. No ARN of a role of the service begins with it. */
export const pipelinePath = '/sessions-pipeline/';

export const boundaryNameOf = (environment: EnvironmentName): string => `${stackNameOf(environment)}-boundary`;

/** Names ARNs of one environment. */
export function arnsOf({ accountId, region, environment }: Scope) {
  const stack = stackNameOf(environment);
  const regional = (service: string, resource: string) => `arn:aws:${service}:${region}:${accountId}:${resource}`;
  const global = (service: string, resource: string) => `arn:aws:${service}::${accountId}:${resource}`;
  return {
    regional,
    global,
    /** Roles that the stack makes: `sessions-dev-…`, without a path. */
    roles: global('iam', `role/${stack}-*`),
    boundary: global('iam', `policy${pipelinePath}${boundaryNameOf(environment)}`),
    functions: regional('lambda', `function:${stack}-*`),
    tables: regional('dynamodb', `table/${stack}-*`),
    logGroups: [
      regional('logs', `log-group:/aws/lambda/${stack}-*`),
      regional('logs', `log-group:/aws/apigateway/${stack}*`),
    ],
    rules: regional('events', `rule/${stack}-*`),
    alarms: regional('cloudwatch', `alarm:${stack}-*`),
    dashboards: global('cloudwatch', `dashboard/${stack}*`),
    topics: regional('sns', `${stack}-*`),
    queues: regional('sqs', `${stack}-*`),
    /** Lambda names them by ids that it makes; they are known by their function. */
    eventSourceMappings: regional('lambda', 'event-source-mapping:*'),
    /** An environment may name any bus that there is. */
    eventBuses: regional('events', 'event-bus/*'),
    parameters: regional('ssm', `parameter/sessions/${environment}/*`),
    userPools: regional('cognito-idp', 'userpool/*'),
    budgets: global('budgets', `budget/${stack}*`),
    /** API Gateway names its resources by ids that it makes: IAM has no names to restrict them by. */
    apiGateway: (...paths: string[]) => paths.map((path) => `arn:aws:apigateway:${region}::${path}`),
  };
}

/** Restricts what is done to event source mappings to those of the stack's functions. */
export const ofOwnFunctions = (scope: Scope): Statement['Condition'] => ({
  ArnLike: { 'lambda:FunctionArn': arnsOf(scope).functions },
});

export const policy = (...statements: readonly (Statement | false | undefined)[]): Policy => ({
  Version: '2012-10-17',
  Statement: statements.filter((each) => each !== false && each !== undefined),
});

export const allow = (
  sid: string,
  actions: readonly string[],
  resources: string | readonly string[],
  condition?: Statement['Condition'],
): Statement => ({
  Sid: sid,
  Effect: 'Allow',
  Action: actions,
  Resource: typeof resources === 'string' ? [resources] : resources,
  ...(condition && { Condition: condition }),
});

export const deny = (sid: string, actions: readonly string[], resources: readonly string[]): Statement => ({
  ...allow(sid, actions, resources),
  Effect: 'Deny',
});

/** Actions of one service. */
export const actions = (service: string, ...names: readonly string[]): string[] =>
  names.map((name) => `${service}:${name}`);
