import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { AttributeDefinition } from '@aws-sdk/client-dynamodb';
import type { PolicyDocument, Stack } from '@sessions/local';

/** A stack in the words that the local runtime and AWS share, in no order but by name. */
export interface ComparableStack {
  readonly functions: Readonly<Record<string, ComparableFunction>>;
  readonly routeSelectionExpression: string | undefined;
  readonly routes: Readonly<Record<string, ComparableRoute>>;
  readonly stages: Readonly<Record<string, unknown>>;
  /** Of the HTTP API, by route key. */
  readonly httpRoutes: Readonly<Record<string, unknown>>;
  readonly httpStages: Readonly<Record<string, unknown>>;
  readonly tables: Readonly<Record<string, unknown>>;
  readonly schedules: Readonly<Record<string, unknown>>;
  /** By name. */
  readonly queues: Readonly<Record<string, unknown>>;
  /** By id. */
  readonly eventSourceMappings: Readonly<Record<string, unknown>>;
}

export interface ComparableFunction {
  readonly arn: string | undefined;
  readonly handler: string | undefined;
  readonly runtime: string | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly memoryMb: number | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly reservedConcurrency: number | undefined;
  readonly maximumRetryAttempts: number | undefined;
  readonly maximumEventAgeSeconds: number | undefined;
  /** Where events go that failed. */
  readonly onFailureArn: string | undefined;
  /** base64 */
  readonly codeSha256: string | undefined;
  /** `<principal> <action> <source ARN>` */
  readonly permissions: readonly string[];
  readonly role: string | undefined;
  /** Statements of the trust policy and of all others, as `statementsOf` makes them. */
  readonly trust: readonly string[];
  readonly allowed: readonly string[];
}

export interface ComparableRoute {
  readonly functionArn: string | undefined;
  readonly integrationTimeoutMs: number | undefined;
  readonly hasRouteResponse: boolean;
  readonly authorizer?: {
    readonly id: string | undefined;
    readonly functionArn: string | undefined;
    readonly identitySources: readonly string[];
  };
}

/** What the local runtime understood from the synthesized stack. */
export async function comparableOf(stack: Stack): Promise<ComparableStack> {
  const [api] = stack.apis;
  const [httpApi] = stack.httpApis;
  if (!api || !httpApi || stack.apis.length + stack.httpApis.length > 2) {
    throw new Error(
      `${stack.name} has ${stack.apis.length} WebSocket and ${stack.httpApis.length} HTTP APIs; expected 1`,
    );
  }
  const functions = await Promise.all(
    stack.functions.map(async (each): Promise<[string, ComparableFunction]> => {
      const { name, arn, handler, runtime, timeoutSeconds, memoryMb, environment, reservedConcurrency, role } = each;
      return [
        name,
        {
          ...{ arn, handler, runtime, timeoutSeconds, memoryMb, environment, reservedConcurrency },
          ...each.asyncInvoke,
          onFailureArn: each.asyncInvoke.onFailureArn,
          codeSha256: createHash('sha256')
            .update(await readFile(each.packageFile))
            .digest('base64'),
          permissions: each.permissions
            .map(({ principal, action, sourceArn }) => `${principal} ${action} ${sourceArn}`)
            .sort(),
          role: role.arn,
          trust: statementsOf([role.trustPolicy]),
          allowed: statementsOf(role.policies),
        },
      ];
    }),
  );
  return {
    functions: Object.fromEntries(functions),
    routeSelectionExpression: api.routeSelectionExpression,
    routes: Object.fromEntries([...api.routes].map(([routeKey, { routeKey: _, ...route }]) => [routeKey, route])),
    stages: stagesOf(api.stages),
    httpRoutes: Object.fromEntries(httpApi.routes.map(({ routeKey, ...route }) => [routeKey, route])),
    httpStages: stagesOf(httpApi.stages),
    tables: Object.fromEntries(
      stack.tables.map(({ name, arn, ttlAttribute, createTable }) => [
        name,
        {
          ...{ arn, ttlAttribute, ...createTable },
          AttributeDefinitions: inOrder(createTable.AttributeDefinitions as readonly AttributeDefinition[]),
        },
      ]),
    ),
    schedules: Object.fromEntries(
      stack.schedules.map(({ name, arn, intervalMs, functionArn, input }) => [
        name,
        { arn, intervalMs, functionArn, input },
      ]),
    ),
    queues: Object.fromEntries(
      stack.queues.map(({ name, arn, retentionSeconds }) => [name, { arn, retentionSeconds }]),
    ),
    eventSourceMappings: Object.fromEntries(
      stack.eventSourceMappings.map(({ id, address: _, tableName: __, ...mapping }) => [id, mapping]),
    ),
  };
}

const stagesOf = (stages: Stack['apis'][number]['stages']): ComparableStack['stages'] =>
  Object.fromEntries(stages.map(({ name, variables, defaultThrottling }) => [name, { variables, defaultThrottling }]));

/** Terraform sends the attributes of a table in an order of its own. */
export const inOrder = (attributes: readonly AttributeDefinition[] = []): AttributeDefinition[] =>
  attributes.toSorted((a, b) => String(a.AttributeName).localeCompare(String(b.AttributeName)));

type Statement = Readonly<Record<string, unknown>>;
type Policy = { readonly Statement: readonly Statement[] } | PolicyDocument;

/** Statements as texts to compare: in one order, and with every list as a list. Without `Sid`, which only names them. */
export const statementsOf = (policies: readonly Policy[]): string[] =>
  policies.flatMap(({ Statement }) => Statement.map((statement) => JSON.stringify(normal({ ...statement })))).sort();

function normal({ Sid: _, Effect, Principal, ...lists }: Statement): Statement {
  const sorted = (value: unknown) => [value].flat().map(String).sort();
  const named = (value: unknown): unknown =>
    Object.fromEntries(Object.entries(value ?? {}).map(([name, each]) => [name, sorted(each)]));
  const { Condition, ...others } = lists;
  return Object.fromEntries(
    [
      ['Effect', Effect],
      ['Principal', named(Principal)],
      ...['Action', 'NotAction', 'Resource', 'NotResource'].map((name) => [name, sorted(others[name] ?? [])]),
      ['Condition', Object.entries(Condition ?? {}).map(([operator, keys]) => [operator, named(keys)])],
    ].map(([name, value]) => [String(name), value]),
  );
}
